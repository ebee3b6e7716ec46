from typing import Annotated

from pydantic import ConfigDict, Field, JsonValue
from pydantic.config import JsonDict

from src.bookings.add_ons.schemas import AddOnWish
from src.bookings.enums import Actor, BookingStatus
from src.core.money import Money
from src.core.pagination import PageRequest
from src.core.schemas import FilterId, Id, Instant, Line, ReadModel, RequestModel, StudioTime
from src.rooms.pricing.quotes import ItemKind

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
_TIER: dict[str, JsonValue] = {"hours_before": 72, "refund_percent": 100, "within_minutes": None}
_GUEST: dict[str, JsonValue] = {"name": "Kim Okafor", "email": None, "phone": "+442079460123"}

Version = Annotated[
    Id | None,
    Field(description="Of the booking that you saw: where it has changed since, 409 `booking_changed`"),
]


class BookingWish(AddOnWish):
    model_config = ConfigDict(json_schema_extra={"example": _WISH})

    room_id: Id
    starts_at: StudioTime
    ends_at: StudioTime


class BookingFilter(PageRequest, RequestModel):
    """Of GET /bookings."""

    series_id: FilterId | None = None


class BookingItem(ReadModel):
    """A line of the bill, in minor units of the booking's currency."""

    kind: ItemKind
    description: str
    quantity: int
    unit_amount: int
    amount: int


class RefundTierRead(ReadModel):
    """Cancelled at least that many hours before the start, that many percent are paid back."""

    hours_before: int
    refund_percent: int
    within_minutes: int | None = Field(
        default=None, description="A grace period: only that long after the booking was made"
    )


class QuoteRead(ReadModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "room_id": 31,
                "timezone": "Europe/London",
                "starts_at": "2027-03-01T18:00:00+00:00",
                "ends_at": "2027-03-01T21:00:00+00:00",
                "is_free": True,
                "items": [_ITEM],
                "total": {"amount": 15000, "currency": "GBP"},
                "tax": {"amount": 2500, "currency": "GBP"},
                "cancellation_policy": [_TIER],
            }
        }
    )

    room_id: int
    timezone: str
    starts_at: Instant
    ends_at: Instant
    is_free: bool = Field(description="Whether nobody has the time at this moment; a quote takes none")
    items: list[BookingItem] = Field(description="They sum to `total`")
    total: Money
    tax: Money = Field(description="Contained in `total`, whether or not it is an item of its own")
    cancellation_policy: list[RefundTierRead]


class GuestRead(ReadModel):
    """Somebody without an account, for whom staff has booked."""

    model_config = ConfigDict(json_schema_extra={"example": _GUEST})

    name: str
    email: str | None
    phone: str | None


BOOKING_EXAMPLE: JsonDict = {
    "id": 1042,
    "reference": "K7Q2-M4XD",
    "status": "pending",
    "version": 1,
    "room_id": 31,
    "room_name": "Live Room A",
    "address_id": 12,
    "address_name": "Berwick Street",
    "company_id": 7,
    "customer_id": 5,
    "guest": None,
    "event_id": None,
    "seats": None,
    "series_id": None,
    "timezone": "Europe/London",
    "starts_at": "2027-03-01T18:00:00+00:00",
    "ends_at": "2027-03-01T21:00:00+00:00",
    "expires_at": "2027-02-20T10:30:00+00:00",
    "items": [_ITEM],
    "total": {"amount": 15000, "currency": "GBP"},
    "tax": {"amount": 2500, "currency": "GBP"},
    "paid": {"amount": 0, "currency": "GBP"},
    "refund": {"amount": 0, "currency": "GBP"},
    "returned": {"amount": 0, "currency": "GBP"},
    "cancellation_policy": [_TIER],
    "created_at": "2027-02-20T10:00:00+00:00",
}


class BookingRead(ReadModel):
    model_config = ConfigDict(json_schema_extra={"example": BOOKING_EXAMPLE})

    id: int
    reference: str = Field(description="Short, for people")
    status: BookingStatus
    version: int = Field(description="Grows with every change: send it with a decision that is based on it")
    room_id: int
    room_name: str
    address_id: int
    address_name: str
    company_id: int
    customer_id: int | None = Field(description="null: a guest without an account")
    guest: GuestRead | None = Field(
        description="Of one without an account; null again some time after it is over, when they are forgotten"
    )
    event_id: int | None = Field(description="Of a booking of seats at an event")
    seats: int | None
    series_id: int | None = Field(description="Of one that was made with others; see `?series_id=`")
    timezone: str = Field(description="The studio's; the times carry its offset")
    starts_at: Instant
    ends_at: Instant
    expires_at: Instant | None = Field(
        description="When an unpaid hold ends, or a request that nobody answers; null once it is paid"
    )
    items: list[BookingItem] = Field(description="They sum to `total`")
    total: Money
    tax: Money = Field(description="Contained in `total`, whether or not it is an item of its own")
    paid: Money
    refund: Money = Field(description="What goes back, in all: by a cancellation or a cheaper time")
    returned: Money = Field(description="What the studio has granted back beside that, or the bank has taken")
    cancellation_policy: list[RefundTierRead]
    created_at: Instant


class CancellationCreate(RequestModel):
    model_config = ConfigDict(json_schema_extra={"example": {"reason": "The singer has a cold"}})

    reason: Line = ""
    version: Version = None


class CancellationStep(ReadModel):
    until: Instant = Field(description="Up to this instant, inclusive")
    refund_percent: int
    refund: Money


class CancellationPreview(ReadModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "paid": {"amount": 15000, "currency": "GBP"},
                "refund": {"amount": 7500, "currency": "GBP"},
                "refund_percent": 50,
                "refund_tax": {"amount": 1250, "currency": "GBP"},
                "kept": {"amount": 7500, "currency": "GBP"},
                "kept_tax": {"amount": 1250, "currency": "GBP"},
                "steps": [
                    {
                        "until": "2027-02-28T18:00:00+00:00",
                        "refund_percent": 50,
                        "refund": {"amount": 7500, "currency": "GBP"},
                    }
                ],
            }
        }
    )

    paid: Money = Field(description="What is with us: paid, and not paid back already")
    refund: Money = Field(description="What cancelling at this moment would pay back")
    refund_percent: int
    refund_tax: Money = Field(description="Contained in `refund`")
    kept: Money = Field(description="What would not go back")
    kept_tax: Money = Field(description="Contained in `kept`")
    steps: list[CancellationStep] = Field(
        description="What waiting costs; after the last one nothing goes back"
    )


class MoveCreate(RequestModel):
    model_config = ConfigDict(json_schema_extra={"example": {"reason": "See you on Monday", "version": 1}})

    reason: Line = Field(default="", description="The customer reads it")
    version: Version = None


class StatusUpdate(RequestModel):
    model_config = ConfigDict(json_schema_extra={"example": {"status": "completed", "version": 3}})

    status: BookingStatus
    reason: Line = ""
    version: Version = None


class ChangeRead(ReadModel):
    before: JsonValue
    after: JsonValue


class MoveRead(ReadModel):
    """A move of a booking. One that keeps the status has changed its time: `changes` says how."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "from_status": "awaiting_approval",
                "to_status": "pending",
                "actor": "owner",
                "reason": "See you on Monday",
                "changes": {},
                "created_at": "2027-02-20T11:00:00+00:00",
            }
        }
    )

    from_status: BookingStatus | None = Field(description="null: it was made so")
    to_status: BookingStatus
    actor: Actor
    reason: str
    changes: dict[str, ChangeRead]
    created_at: Instant
