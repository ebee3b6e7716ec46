"""What became of a payout, wherever it is learnt. The payout is locked."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from src.companies import audit
from src.core import events
from src.core.clock import utc_now
from src.core.identity import Principal
from src.payments import ledger
from src.payments.enums import PayoutStatus
from src.payments.events import PayoutFailed, PayoutSent
from src.payments.gateways.base import TransferRefusal
from src.payments.payouts.models import Payout


async def record_sent(session: AsyncSession, *, payout: Payout, principal: Principal | None) -> None:
    """It has left us; without a principal a gateway has sent it."""
    changes = audit.apply(payout, {"status": PayoutStatus.SENT, "failure": None, "sent_at": utc_now()})
    await session.flush()
    await ledger.post_payout_sent(session, payout=payout)
    await _record(session, payout, "payout.sent", changes, principal)
    await events.publish(session, PayoutSent(payout_id=payout.id))


async def record_failed(session: AsyncSession, *, payout: Payout, refusal: TransferRefusal) -> None:
    """Its gateway has refused it. It is owed as before, and waits for a person."""
    changes = audit.apply(payout, {"status": PayoutStatus.FAILED, "failure": refusal})
    await _record(session, payout, "payout.failed", changes, None)
    await events.publish(session, PayoutFailed(payout_id=payout.id))


async def record_retried(session: AsyncSession, *, payout: Payout, principal: Principal) -> None:
    """It is on its way again."""
    changes = audit.apply(payout, {"status": PayoutStatus.PENDING, "failure": None})
    await _record(session, payout, "payout.retried", changes, principal)


async def _record(
    session: AsyncSession,
    payout: Payout,
    action: str,
    changes: dict[str, tuple[Any, Any]],
    principal: Principal | None,
) -> None:
    await audit.record(
        session,
        principal=principal,
        company_id=payout.company_id,
        action=action,
        subject_id=payout.id,
        changes=changes,
    )
