"""Money on its way back to customers."""

from collections.abc import Mapping
from typing import Final

import stripe

from src.payments.gateways.base import (
    GatewayRefusedError,
    MoneyStatus,
    RefundOrder,
    RefundState,
)
from src.payments.gateways.stripe.account import StripeAccount, ask, each

_REFUND_STATUS: Final[Mapping[str, MoneyStatus]] = {
    "succeeded": MoneyStatus.SUCCEEDED,
    "failed": MoneyStatus.FAILED,
    "canceled": MoneyStatus.FAILED,
}


class Refunds(StripeAccount):
    async def refund(self, order: RefundOrder) -> RefundState:
        if order.payment_ref is None:
            raise GatewayRefusedError("nothing was paid that could go back")
        if order.is_repeated and (sent := await self._sent_refund(order.payment_ref, order.refund_id)):
            return sent
        refund = await ask(
            self._api.refunds.create_async(
                {
                    "payment_intent": order.payment_ref,
                    "amount": order.amount,
                    "metadata": self._metadata(refund_id=order.refund_id),
                },
                {"idempotency_key": self._key(order.idempotency_key)},
            )
        )
        return self._refund_state(refund)

    async def _sent_refund(self, payment_ref: str, refund_id: int) -> RefundState | None:
        async for refund in each(self._api.refunds.list_async({"payment_intent": payment_ref, "limit": 100})):
            state = self._refund_state(refund)
            if state.refund_id == refund_id:
                return state
        return None

    def _refund_state(self, refund: stripe.Refund) -> RefundState:
        return RefundState(
            refund_id=self._ours(refund.metadata, "refund_id"),
            ref=refund.id,
            status=_REFUND_STATUS.get(refund.status or "", MoneyStatus.PENDING),
            reason=getattr(refund, "failure_reason", None) or "",
        )
