"""What owners see of their money."""

from typing import Annotated, Final

from pydantic import ConfigDict, Field, JsonValue

from src.core.money import Money
from src.core.pagination import LARGEST_PAGE_SIZE, LAST_PAGE, CursorRequest
from src.core.schemas import FilterId, Instant, LocalDate, ReadModel, RequestModel
from src.payments.enums import Account, ChargeStatus, RefundReason, RefundStatus


class BooksFilter(RequestModel):
    booking_id: FilterId | None = None
    gateway: Annotated[str, Field(pattern="^[a-z]{1,20}$", examples=["stripe"])] | None = None
    from_: LocalDate | None = Field(
        default=None, alias="from", description="Begun on that day (UTC) or later", examples=["2027-03-01"]
    )
    to: LocalDate | None = Field(
        default=None, description="Begun before that day (UTC)", examples=["2027-04-01"]
    )
    page: int = Field(default=1, ge=1, le=LAST_PAGE)
    size: int = Field(default=20, ge=1, le=LARGEST_PAGE_SIZE)


class CompanyPaymentFilter(BooksFilter):
    status: ChargeStatus | None = None


class CompanyRefundFilter(BooksFilter):
    status: RefundStatus | None = None
    reason: RefundReason | None = None


class LedgerFilter(CursorRequest, RequestModel):
    booking_id: FilterId | None = None


class CompanyPaymentRead(ReadModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": 9,
                "booking_id": 17,
                "reference": "K7Q2-M4XD",
                "gateway": "stripe",
                "status": "succeeded",
                "amount": {"amount": 15000, "currency": "GBP"},
                "refunded": {"amount": 0, "currency": "GBP"},
                "disputed": {"amount": 0, "currency": "GBP"},
                "fee": {"amount": 1250, "currency": "GBP"},
                "tax": {"amount": 2500, "currency": "GBP"},
                "note": "",
                "paid_at": "2027-02-20T10:04:00+00:00",
                "earned_at": "2027-03-01T21:00:00+00:00",
                "created_at": "2027-02-20T10:02:00+00:00",
            }
        }
    )

    id: int
    booking_id: int
    reference: str
    gateway: str
    status: ChargeStatus
    amount: Money
    refunded: Money = Field(description="What went back of it, or is on its way")
    disputed: Money = Field(description="What the customer's bank took back for good")
    fee: Money = Field(description="The platform's part of `amount`, before anything went back")
    tax: Money = Field(description="The tax in `amount`, before anything went back")
    note: str
    paid_at: Instant | None
    earned_at: Instant | None = Field(
        description="Since when it is the studio's; null before the booking took place"
    )
    created_at: Instant


class CompanyRefundRead(ReadModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": 4,
                "charge_id": 9,
                "booking_id": 17,
                "reference": "K7Q2-M4XD",
                "gateway": "stripe",
                "status": "succeeded",
                "reason": "granted",
                "amount": {"amount": 2500, "currency": "GBP"},
                "fee": {"amount": 208, "currency": "GBP"},
                "note": "The piano was out of tune",
                "created_at": "2027-03-02T09:30:00+00:00",
            }
        }
    )

    id: int
    charge_id: int
    booking_id: int
    reference: str
    gateway: str
    status: RefundStatus
    reason: RefundReason
    amount: Money
    fee: Money = Field(description="The platform's part of `amount`, which it gives up")
    note: str
    created_at: Instant


_GBP: Final = "GBP"


_BALANCE: Final[dict[str, JsonValue]] = {
    "currency": _GBP,
    "available": {"amount": 13500, "currency": _GBP},
    "pending": {"amount": 27000, "currency": _GBP},
    "on_hold": {"amount": 0, "currency": _GBP},
    "tax": {"amount": 6750, "currency": _GBP},
    "on_the_way": {"amount": 9000, "currency": _GBP},
    "deposits": {"amount": 30000, "currency": _GBP},
}


class BalanceRead(ReadModel):
    """What is and will be the studio's, in one currency. Negative where the studio owes the platform its fee."""

    model_config = ConfigDict(json_schema_extra={"example": _BALANCE})

    currency: str
    available: Money = Field(description="Goes out with the next payout, once it is enough for one")
    pending: Money = Field(description="Earned, and waits for the days between a booking and its payout")
    on_hold: Money = Field(description="Earned, and waits until a bank has decided a dispute")
    tax: Money = Field(description="The tax in these three")
    on_the_way: Money = Field(description="In payouts that have not been sent yet")
    deposits: Money = Field(
        description="Paid by customers for bookings to come; the platform's fee is still in it"
    )


class BalancesRead(ReadModel):
    model_config = ConfigDict(json_schema_extra={"example": {"balances": [_BALANCE]}})

    balances: list[BalanceRead] = Field(description="One a currency; the company's own comes first")


_ENTRIES: Final[list[JsonValue]] = [
    {"account": "customer_deposits", "amount": {"amount": 15000, "currency": _GBP}},
    {"account": "platform_revenue", "amount": {"amount": -1500, "currency": _GBP}},
    {"account": "owner_payable", "amount": {"amount": -13500, "currency": _GBP}},
]


class EntryRead(ReadModel):
    model_config = ConfigDict(json_schema_extra={"example": _ENTRIES[0]})

    account: Account
    amount: Money = Field(description="Positive is a debit, negative a credit")


class TransactionRead(ReadModel):
    """Something that moved money; its entries sum to zero."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": 41,
                "booking_id": 17,
                "explanation": "Booking K7Q2-M4XD has taken place, or what was kept of it is due",
                "entries": _ENTRIES,
                "created_at": "2027-03-01T21:00:30+00:00",
            }
        }
    )

    id: int
    booking_id: int | None = Field(description="Null for what moves a payout as a whole")
    explanation: str
    entries: list[EntryRead]
    created_at: Instant
