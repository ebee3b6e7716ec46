"""In what words the product and its payment gateways speak: orders, states and errors. Amounts are minor units."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias


def checkout_key(charge_id: int) -> str:
    return f"charge-{charge_id}"


@dataclass(frozen=True, slots=True)
class CheckoutOrder:
    """Money to collect for a company: `amount` in minor units, of which `fee_amount` is the platform's own.

    `expires_at` is stored with the intent: whoever repeats the order sends the same one.
    """

    charge_id: int
    company_id: int
    description: str
    amount: int
    fee_amount: int
    currency: str
    expires_at: datetime
    return_url: str

    @property
    def idempotency_key(self) -> str:
        return checkout_key(self.charge_id)


@dataclass(frozen=True, slots=True)
class Checkout:
    """A hosted page where the customer pays; `ref` is the gateway's name for it."""

    ref: str
    url: str
    page_ref: str | None = None  # where the page has a name of its own


@dataclass(frozen=True, slots=True)
class CheckoutInquiry:
    """A checkout of ours. Without `ref` we never heard what became of the order that went out at `ordered_at`."""

    charge_id: int
    company_id: int
    ref: str | None
    page_ref: str | None
    ordered_at: datetime


class CheckoutStatus(StrEnum):
    OPEN = "open"
    PROCESSING = "processing"  # paid with something slow: the provider will decide
    PAID = "paid"
    ENDED = "ended"  # without money, and none can come any more


@dataclass(frozen=True, slots=True)
class ProviderFee:
    """What a gateway keeps of the platform's money, in minor units of whatever currency it keeps it in."""

    amount: int
    currency: str


@dataclass(frozen=True, slots=True)
class CheckoutState:
    """`payment_ref` is the gateway's name for the money, where that isn't the page's.

    `provider_fee` is None where the gateway doesn't take it of our money, or doesn't know it yet.
    """

    charge_id: int
    ref: str
    status: CheckoutStatus
    amount: int
    currency: str
    url: str | None = None
    payment_ref: str | None = None
    provider_fee: ProviderFee | None = None


@dataclass(frozen=True, slots=True)
class RefundOrder:
    """`fee_amount` of it is given back by the platform. `is_repeated`: an earlier order may have got through."""

    idempotency_key: str
    refund_id: int
    company_id: int
    checkout_ref: str
    payment_ref: str | None
    amount: int
    fee_amount: int
    currency: str
    is_repeated: bool


class MoneyStatus(StrEnum):
    """Of money on its way from us."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class RefundState:
    """`refund_id` is None for one that was made past us, at the provider's own pages."""

    refund_id: int | None
    ref: str
    status: MoneyStatus
    reason: str = ""


class DisputeStatus(StrEnum):
    OPEN = "open"
    WON = "won"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class DisputeState:
    """The customer's bank wants money back: `amount` was taken from us unless `is_withdrawn` is false.

    `provider_fee`: what the gateway keeps for the trouble.
    """

    ref: str
    payment_ref: str
    status: DisputeStatus
    is_withdrawn: bool
    amount: int
    currency: str
    reason: str
    answer_by: datetime | None
    provider_fee: ProviderFee | None = None


class AccountStatus(StrEnum):
    """Of a company's account at a gateway."""

    PENDING = "pending"  # the gateway still wants to know something
    ACTIVE = "active"
    REVOKED = "revoked"  # the company has taken our access away


@dataclass(frozen=True, slots=True)
class AccountState:
    ref: str
    status: AccountStatus


# What a notice may turn out to be about; None: nothing of ours.
State: TypeAlias = CheckoutState | RefundState | DisputeState | AccountState | None


@dataclass(frozen=True, slots=True)
class Notice:
    """`subject` is the gateway's own word for what happened, for people and for `fetch`."""

    event_id: str
    subject: str


class GatewayError(Exception):
    """The gateway did not answer, or not now; asking again with the same key is safe."""


class GatewayRefusedError(GatewayError):
    """It has answered, and will not do it as things are. `code` is its own word for why."""

    def __init__(self, words: str, *, code: str | None = None) -> None:
        super().__init__(words)
        self.code = code


class ForgedNoticeError(Exception):
    """Not signed by the gateway, or long ago."""


class NotConnectedError(Exception):
    """The company has no account at this gateway that could take money."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """With which we may work in a company's account."""

    access: str
    refresh: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Seller:
    """A company's connected account."""

    account_id: int
    ref: str
    location_ref: str | None
    tokens: Tokens


@dataclass(frozen=True, slots=True)
class TransferOrder:
    """Money of the platform's account for a company's: a payout."""

    idempotency_key: str
    transfer_id: int
    payout_id: int
    account_ref: str
    amount: int
    currency: str
    is_repeated: bool


@dataclass(frozen=True, slots=True)
class ReversalOrder:
    idempotency_key: str
    reversal_id: int
    transfer_ref: str
    amount: int
    is_repeated: bool


class TransferRefusal(StrEnum):
    """Why no money goes to an owner's account, or comes back from it, until somebody has done something about it."""

    ACCOUNT_CLOSED = "account_closed"
    ACCOUNT_RESTRICTED = "account_restricted"
    OTHER = "other"


class TransferRefusedError(GatewayRefusedError):
    """Asking again by itself would not change it."""

    def __init__(self, words: str, *, code: str | None, refusal: TransferRefusal) -> None:
        super().__init__(words, code=code)
        self.refusal = refusal
