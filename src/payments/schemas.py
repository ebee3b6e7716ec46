from enum import StrEnum
from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints

from src.core.money import Amount, Money
from src.core.schemas import FilterId, Id, Instant, Line, ReadModel, RequestModel
from src.payments.enums import ChargeStatus, RefundReason, RefundStatus


class CheckoutCreate(RequestModel):
    model_config = ConfigDict(json_schema_extra={"example": {"gateway": "sandbox"}})

    gateway: Annotated[str, StringConstraints(pattern="^[a-z]{1,20}$")] = Field(examples=["sandbox"])


class CheckoutRead(ReadModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "url": "http://127.0.0.1:8000/sandbox/checkout/Zk3v0a",
                "expires_at": "2027-02-20T10:30:00+00:00",
            }
        }
    )

    url: str = Field(description="Send the customer's browser there")
    expires_at: Instant = Field(description="When the hold ends, and this page with it")


class PaymentMethod(StrEnum):
    CASH = "cash"
    BANK_TRANSFER = "bank_transfer"


class PaymentCreate(RequestModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {"booking_id": 17, "method": "cash", "amount": 15000, "note": "Receipt 214"}
        }
    )

    booking_id: Id
    method: PaymentMethod
    amount: Annotated[Amount, Field(gt=0, description="Minor units of the booking's currency")]
    note: Annotated[Line, Field(max_length=120)] = ""


class RefundCreate(RequestModel):
    model_config = ConfigDict(
        json_schema_extra={"example": {"amount": 2500, "note": "The piano was out of tune"}}
    )

    amount: Annotated[Amount, Field(gt=0)] | None = Field(
        default=None, description="Minor units; left out: all that is left"
    )
    note: Line = ""


class RefundPaid(RequestModel):
    refund_id: FilterId
    note: Annotated[Line, Field(min_length=1)]


class ChargeRead(ReadModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": 9,
                "gateway": "manual",
                "status": "succeeded",
                "amount": {"amount": 15000, "currency": "GBP"},
                "paid_at": "2027-02-20T10:04:00+00:00",
            }
        }
    )

    id: int
    gateway: str
    status: ChargeStatus
    amount: Money
    paid_at: Instant | None


class RefundRead(ReadModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": 4,
                "charge_id": 9,
                "status": "pending",
                "reason": "granted",
                "amount": {"amount": 2500, "currency": "GBP"},
                "created_at": "2027-03-02T09:30:00+00:00",
            }
        }
    )

    id: int
    charge_id: int
    status: RefundStatus
    reason: RefundReason
    amount: Money
    created_at: Instant


class PaymentsRead(ReadModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "charges": [
                    {
                        "id": 9,
                        "gateway": "sandbox",
                        "status": "succeeded",
                        "amount": {"amount": 15000, "currency": "GBP"},
                        "paid_at": "2027-02-20T10:04:00+00:00",
                    }
                ],
                "refunds": [],
            }
        }
    )

    charges: list[ChargeRead]
    refunds: list[RefundRead]
