from typing import Literal

from pydantic import ConfigDict, Field, JsonValue

from src.bookings.enums import BookingStatus
from src.core.money import Money
from src.core.schemas import Id, Instant, Line, ReadModel, RequestModel, StudioTime

_WISH: dict[str, JsonValue] = {
    "room_id": 31,
    "starts_at": "2027-03-01T18:00:00",
    "ends_at": "2027-03-01T21:00:00",
}
_ITEM: dict[str, JsonValue] = {
    "kind": "room",
    "description": "Live Room A, 1 h",
    "quantity": 3,
    "unit_amount": 5000,
    "amount": 15000,
}


class BookingWish(RequestModel):
    model_config = ConfigDict(json_schema_extra={"example": _WISH})

    room_id: Id
    starts_at: StudioTime
    ends_at: StudioTime


class BookingItem(ReadModel):
    """A line of the bill, in minor units of the booking's currency."""

    kind: Literal["room"]
    description: str
    quantity: int
    unit_amount: int
    amount: int


class RefundTierRead(ReadModel):
    hours_before: int
    refund_percent: int


class QuoteRead(ReadModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "room_id": 31,
                "timezone": "Europe/London",
                "starts_at": "2027-03-01T18:00:00+00:00",
                "ends_at": "2027-03-01T21:00:00+00:00",
                "items": [_ITEM],
                "total": {"amount": 15000, "currency": "GBP"},
                "cancellation_policy": [{"hours_before": 72, "refund_percent": 100}],
            }
        }
    )

    room_id: int
    timezone: str
    starts_at: Instant
    ends_at: Instant
    items: list[BookingItem]
    total: Money
    cancellation_policy: list[RefundTierRead]


class BookingRead(ReadModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": 1042,
                "reference": "K7Q2-M4XD",
                "status": "pending",
                "room_id": 31,
                "room_name": "Live Room A",
                "address_id": 12,
                "address_name": "Berwick Street",
                "company_id": 7,
                "customer_id": 5,
                "timezone": "Europe/London",
                "starts_at": "2027-03-01T18:00:00+00:00",
                "ends_at": "2027-03-01T21:00:00+00:00",
                "expires_at": "2027-02-20T10:30:00+00:00",
                "items": [_ITEM],
                "total": {"amount": 15000, "currency": "GBP"},
                "paid": {"amount": 0, "currency": "GBP"},
                "refund": {"amount": 0, "currency": "GBP"},
                "cancellation_policy": [{"hours_before": 72, "refund_percent": 100}],
                "created_at": "2027-02-20T10:00:00+00:00",
            }
        }
    )

    id: int
    reference: str = Field(description="Short, for people")
    status: BookingStatus
    room_id: int
    room_name: str
    address_id: int
    address_name: str
    company_id: int
    customer_id: int
    timezone: str = Field(description="The studio's; the times carry its offset")
    starts_at: Instant
    ends_at: Instant
    expires_at: Instant | None = Field(description="When an unpaid hold ends; null once it is paid")
    items: list[BookingItem]
    total: Money
    paid: Money
    refund: Money = Field(description="What a cancellation pays back, in all")
    cancellation_policy: list[RefundTierRead]
    created_at: Instant


class CancellationCreate(RequestModel):
    model_config = ConfigDict(json_schema_extra={"example": {"reason": "The singer has a cold"}})

    reason: Line = ""


class CancellationPreview(ReadModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "paid": {"amount": 15000, "currency": "GBP"},
                "refund": {"amount": 7500, "currency": "GBP"},
            }
        }
    )

    paid: Money
    refund: Money = Field(description="What cancelling at this moment would pay back")
