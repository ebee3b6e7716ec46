"""What the product asks of a payment gateway. Nothing outside this folder knows a provider's words.

A call happens outside of any transaction, after a row with its idempotency key was committed; a repeated call
with the same key has the first one's effect and answer.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class CheckoutOrder:
    """Money to collect: `amount` in minor units, until `expires_at`."""

    idempotency_key: str
    charge_id: int
    description: str
    amount: int
    currency: str
    expires_at: datetime
    return_url: str


@dataclass(frozen=True, slots=True)
class Checkout:
    """A hosted page where the customer pays; `ref` is the gateway's name for it."""

    ref: str
    url: str


@dataclass(frozen=True, slots=True)
class RefundOrder:
    idempotency_key: str
    checkout_ref: str
    amount: int
    currency: str


class GatewayError(Exception):
    """The gateway refused or did not answer; asking again with the same key is safe."""


class Gateway(Protocol):
    name: str

    async def open_checkout(self, order: CheckoutOrder) -> Checkout:
        """Raises `GatewayError`."""
        ...

    async def refund(self, order: RefundOrder) -> str:
        """Returns the gateway's name for the refund. Raises `GatewayError`."""
        ...
