"""Money on its way back to customers, and what their banks take by themselves."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

import stripe

from src.payments.gateways.base import (
    DisputeState,
    DisputeStatus,
    GatewayRefusedError,
    MoneyStatus,
    RefundOrder,
    RefundState,
)
from src.payments.gateways.stripe.account import StripeAccount, ask, fee_of

_REFUND_STATUS: Final[Mapping[str, MoneyStatus]] = {
    "succeeded": MoneyStatus.SUCCEEDED,
    "failed": MoneyStatus.FAILED,
    "canceled": MoneyStatus.FAILED,
}
_DISPUTE_STATUS: Final[Mapping[str, DisputeStatus]] = {
    "won": DisputeStatus.WON,
    "warning_closed": DisputeStatus.WON,
    "prevented": DisputeStatus.WON,
    "lost": DisputeStatus.LOST,
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
        found = await ask(self._api.refunds.list_async({"payment_intent": payment_ref, "limit": 100}))
        states = [self._refund_state(refund) async for refund in found.auto_paging_iter()]
        return next((state for state in states if state.refund_id == refund_id), None)

    def _refund_state(self, refund: stripe.Refund) -> RefundState:
        return RefundState(
            refund_id=self._ours(refund.metadata, "refund_id"),
            ref=refund.id,
            status=_REFUND_STATUS.get(refund.status or "", MoneyStatus.PENDING),
            reason=getattr(refund, "failure_reason", None) or "",
        )


def dispute_state(dispute: stripe.Dispute) -> DisputeState:
    due_by = dispute.evidence_details.due_by
    return DisputeState(
        ref=dispute.id,
        payment_ref=str(dispute.payment_intent),
        status=_DISPUTE_STATUS.get(dispute.status, DisputeStatus.OPEN),
        # A bank's mere question takes nothing.
        is_withdrawn=not dispute.status.startswith("warning_"),
        amount=dispute.amount,
        currency=dispute.currency.upper(),
        reason=dispute.reason,
        answer_by=datetime.fromtimestamp(due_by, UTC) if due_by else None,
        provider_fee=fee_of(dispute.balance_transactions),
    )
