"""What the product asks of a payment gateway. Nothing outside this folder knows a provider's words.

A call that moves money happens outside of any transaction, after a row with its idempotency key was committed; a
repeated call with the same key has the first one's effect and answer. Whatever a gateway tells us by itself is only
a reason to ask it for the present state: order and repetition of its notices don't matter.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import ClassVar, Protocol, runtime_checkable

from src.payments.gateways.base import (
    AccountState,
    Checkout,
    CheckoutInquiry,
    CheckoutOrder,
    CheckoutState,
    DisputeState,
    Notice,
    RefundOrder,
    RefundState,
    ReversalOrder,
    Seller,
    State,
    Tokens,
    TransferOrder,
)


class Gateway(Protocol):
    name: ClassVar[str]
    shortest_checkout: ClassVar[timedelta]
    """The gateway's pages stay open at least that long."""
    is_paid_to_owner: ClassVar[bool]
    """The money goes to the company itself, not to the platform."""
    collects_fee: ClassVar[bool]
    """Our share of it comes to us by itself."""

    async def open_checkout(self, order: CheckoutOrder) -> Checkout:
        """Raises `GatewayError`, `NotConnectedError`."""
        ...

    async def find_checkout(self, inquiry: CheckoutInquiry) -> CheckoutState | None:
        """As it is now; None when the gateway never got the order. Raises `GatewayError`."""
        ...

    async def close_checkout(self, inquiry: CheckoutInquiry) -> CheckoutState | None:
        """Lets nobody pay any more, and returns what came of it: it may have been paid. Raises `GatewayError`."""
        ...

    async def refund(self, order: RefundOrder) -> RefundState:
        """Raises `GatewayError`."""
        ...


@runtime_checkable
class Notifies(Protocol):
    """A gateway that tells us by webhook."""

    name: ClassVar[str]

    def verify_notice(self, body: bytes, headers: Mapping[str, str]) -> Notice:
        """Of the raw body as it arrived. Raises `ForgedNoticeError`."""
        ...

    async def fetch(self, body: bytes) -> State:
        """The present state of what a verified notice is about. Raises `GatewayError`."""
        ...

    def knows(self, subject: str) -> bool:
        """Whether notices of this kind are about something that we do."""
        ...


@runtime_checkable
class ListsDisputes(Protocol):
    """A gateway at which customers' banks take money back that is the platform's."""

    name: ClassVar[str]

    async def list_disputes(self, *, since: datetime) -> list[DisputeState]:
        """All that were opened since then, as they are now. Raises `GatewayError`."""
        ...

    async def find_dispute(self, ref: str) -> DisputeState:
        """As it is now. Raises `GatewayError`."""
        ...


@runtime_checkable
class Transfers(Protocol):
    """A gateway that collects on the platform's account and passes the owners' share on."""

    name: ClassVar[str]

    async def create_account(self, *, idempotency_key: str, company_id: int, country: str, email: str) -> str:
        """Returns the gateway's name for it. Raises `GatewayError`."""
        ...

    async def onboarding_url(self, account_ref: str, *, return_url: str) -> str:
        """A page of the gateway where the owner answers what it wants to know. Raises `GatewayError`."""
        ...

    async def find_account(self, account_ref: str) -> AccountState:
        """Raises `GatewayError`."""
        ...

    async def transfer(self, order: TransferOrder) -> str:
        """Returns the gateway's name for it. Raises `TransferRefusedError`, `GatewayError`."""
        ...

    async def reverse(self, order: ReversalOrder) -> str:
        """Returns the gateway's name for it. Raises `TransferRefusedError`, `GatewayError`."""
        ...


class Sellers(Protocol):
    """The connected accounts of one gateway, for gateways that work in them."""

    async def find(self, company_id: int) -> Seller | None: ...

    async def find_by_ref(self, ref: str) -> Seller | None: ...

    async def save_tokens(self, account_id: int, tokens: Tokens) -> None: ...
