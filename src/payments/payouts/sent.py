from sqlalchemy.ext.asyncio import AsyncSession

from src.companies import audit
from src.core import events
from src.core.clock import utc_now
from src.core.identity import Principal
from src.payments import ledger
from src.payments.enums import PayoutStatus
from src.payments.events import PayoutSent
from src.payments.payouts.models import Payout


async def record_sent(session: AsyncSession, *, payout: Payout, principal: Principal | None) -> None:
    """A locked payout that was pending has left us; without a principal a gateway has sent it."""
    changes = audit.apply(payout, {"status": PayoutStatus.SENT, "sent_at": utc_now()})
    await session.flush()
    await ledger.post_payout_sent(session, payout=payout)
    await audit.record(
        session,
        principal=principal,
        company_id=payout.company_id,
        action="payout.sent",
        subject_id=payout.id,
        changes=changes,
    )
    await events.publish(session, PayoutSent(payout_id=payout.id))
