from datetime import date
from typing import Annotated, Final

from pydantic import ConfigDict, Field, JsonValue

from src.core.money import Money
from src.core.pagination import LARGEST_PAGE_SIZE, LAST_PAGE
from src.core.schemas import Instant, Line, ReadModel, RequestModel
from src.payments.enums import PayoutStatus
from src.payments.gateways.base import TransferRefusal


class PayoutFilter(RequestModel):
    status: PayoutStatus | None = None
    page: int = Field(default=1, ge=1, le=LAST_PAGE)
    size: int = Field(default=20, ge=1, le=LARGEST_PAGE_SIZE)


_PAYOUT: Final[dict[str, JsonValue]] = {
    "id": 12,
    "company_id": 5,
    "status": "sent",
    "amount": {"amount": 13500, "currency": "GBP"},
    "tax": {"amount": 2250, "currency": "GBP"},
    "day": "2027-03-04",
    "is_by_hand": False,
    "is_on_hold": False,
    "failure": None,
    "sent_at": "2027-03-04T06:00:09+00:00",
    "note": "",
    "created_at": "2027-03-04T06:00:00+00:00",
}


class PayoutRead(ReadModel):
    model_config = ConfigDict(json_schema_extra={"example": _PAYOUT})

    id: int
    company_id: int
    status: PayoutStatus = Field(description="`pending`: on its way; `failed`: its gateway has refused it")
    amount: Money = Field(description="What the owner gets: earnings less refunds and fees, tax included")
    tax: Money = Field(description="The tax in it, which is the owner's to hand on")
    day: date = Field(description="UTC")
    is_by_hand: bool = Field(description="The platform sends it from its bank, not through a gateway")
    is_on_hold: bool = Field(
        description="It waits until a bank has decided a dispute, or, `failed`, for the platform to send it again"
    )
    failure: TransferRefusal | None = Field(
        description="Why it has `failed`; mend what the gateway wants to know of your account, and ask the platform"
    )
    sent_at: Instant | None
    note: str = Field(description="How it was paid by hand")
    created_at: Instant


_ITEM: Final[dict[str, JsonValue]] = {
    "booking_id": 17,
    "reference": "K7Q2-M4XD",
    "explanation": "Booking K7Q2-M4XD has taken place, or what was kept of it is due",
    "gross": {"amount": 15000, "currency": "GBP"},
    "fee": {"amount": 1500, "currency": "GBP"},
    "amount": {"amount": 13500, "currency": "GBP"},
    "tax": {"amount": 2250, "currency": "GBP"},
    "created_at": "2027-03-01T21:00:30+00:00",
}


class PayoutItemRead(ReadModel):
    """`gross` less `fee` is `amount`; all are negative for what the owner gives back."""

    model_config = ConfigDict(json_schema_extra={"example": _ITEM})

    booking_id: int
    reference: str
    explanation: str
    gross: Money = Field(
        description="What the platform had of the customer; nothing where the owner was paid directly"
    )
    fee: Money = Field(description="The platform's part")
    amount: Money = Field(description="What the owner gets")
    tax: Money = Field(description="The tax in `amount`")
    created_at: Instant


class PayoutPaid(RequestModel):
    model_config = ConfigDict(json_schema_extra={"example": {"note": "Bank transfer 2027-0344"}})

    note: Annotated[
        Line, Field(min_length=1, description="How: what the owner finds on their bank statement")
    ]
