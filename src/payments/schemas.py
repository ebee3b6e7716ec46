from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints

from src.core.money import Money
from src.core.schemas import Instant, ReadModel, RequestModel
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


class ChargeRead(ReadModel):
    id: int
    gateway: str
    status: ChargeStatus
    amount: Money
    paid_at: Instant | None


class RefundRead(ReadModel):
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
