"""What customers' banks take by themselves."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

import stripe

from src.payments.gateways.base import DisputeState, DisputeStatus
from src.payments.gateways.stripe.account import StripeAccount, ask, each, fee_of

_DISPUTE_STATUS: Final[Mapping[str, DisputeStatus]] = {
    "won": DisputeStatus.WON,
    "warning_closed": DisputeStatus.WON,
    "prevented": DisputeStatus.WON,
    "lost": DisputeStatus.LOST,
}


class Disputes(StripeAccount):
    async def list_disputes(self, *, since: datetime) -> list[DisputeState]:
        opened = each(
            self._api.disputes.list_async({"created": {"gte": int(since.timestamp())}, "limit": 100})
        )
        return [_state(dispute) async for dispute in opened]

    async def find_dispute(self, ref: str) -> DisputeState:
        return _state(await ask(self._api.disputes.retrieve_async(ref)))


def _state(dispute: stripe.Dispute) -> DisputeState:
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
