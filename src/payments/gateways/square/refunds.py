"""Money on its way back to customers, and our part of it to the seller."""

from typing import Any, Final

from square.types.payment_refund import PaymentRefund

from src.payments.gateways.base import (
    GatewayRefusedError,
    MoneyStatus,
    RefundOrder,
    RefundState,
    Seller,
)
from src.payments.gateways.square.seller import SellerAccount, money_of

_REFUND_STATUS: Final = {
    "COMPLETED": MoneyStatus.SUCCEEDED,
    "REJECTED": MoneyStatus.FAILED,
    "FAILED": MoneyStatus.FAILED,
}


class Refunds(SellerAccount):
    async def refund(self, order: RefundOrder) -> RefundState:
        seller = await self._seller(order.company_id)
        if order.payment_ref is None:
            raise GatewayRefusedError("nothing was paid that could go back")
        if order.is_repeated and (sent := await self._sent_refund(seller, order)):
            return sent
        fee: dict[str, Any] = (
            {"app_fee_money": money_of(order.fee_amount, order.currency)} if order.fee_amount else {}
        )
        made = await self._ask(
            seller,
            lambda client: client.refunds.refund_payment(
                idempotency_key=self._tag(order.idempotency_key),
                payment_id=order.payment_ref,
                amount_money=money_of(order.amount, order.currency),
                reason=self._tag(f"refund-{order.refund_id}"),
                **fee,
            ),
        )
        assert made.refund is not None
        return self._refund_state(made.refund)

    async def _sent_refund(self, seller: Seller, order: RefundOrder) -> RefundState | None:
        assert order.payment_ref is not None
        payment = await self._payment(seller, order.payment_ref)
        for ref in payment.refund_ids or ():
            refund = (await self._ask(seller, lambda client, ref=ref: client.refunds.get(ref))).refund  # type: ignore[misc]
            if refund is not None and self._refund_state(refund).refund_id == order.refund_id:
                return self._refund_state(refund)
        return None

    def _refund_state(self, refund: PaymentRefund) -> RefundState:
        return RefundState(
            refund_id=self._ours(refund.reason, "refund"),
            ref=refund.id,
            status=_REFUND_STATUS.get(refund.status or "", MoneyStatus.PENDING),
        )
