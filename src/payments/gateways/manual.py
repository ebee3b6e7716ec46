"""Money that people hand over themselves, in cash or by bank transfer. What they say is the state."""

from datetime import timedelta
from typing import ClassVar

from src.payments.gateways.base import (
    Checkout,
    CheckoutInquiry,
    CheckoutOrder,
    CheckoutState,
    GatewayRefusedError,
    MoneyStatus,
    RefundOrder,
    RefundState,
)


class ManualGateway:
    name: ClassVar[str] = "manual"
    shortest_checkout: ClassVar[timedelta] = timedelta(0)
    is_paid_to_owner: ClassVar[bool] = True
    collects_fee: ClassVar[bool] = False

    async def open_checkout(self, order: CheckoutOrder) -> Checkout:
        raise GatewayRefusedError(f"there is no page on which people could hand over {order.currency}")

    async def find_checkout(self, inquiry: CheckoutInquiry) -> CheckoutState | None:  # noqa: ARG002
        return None

    async def close_checkout(self, inquiry: CheckoutInquiry) -> CheckoutState | None:  # noqa: ARG002
        return None

    async def refund(self, order: RefundOrder) -> RefundState:
        """Whoever decides it hands it over."""
        return RefundState(refund_id=order.refund_id, ref=order.idempotency_key, status=MoneyStatus.SUCCEEDED)
