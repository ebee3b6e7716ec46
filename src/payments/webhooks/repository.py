from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from src.payments.gateways.base import Notice
from src.payments.webhooks.enums import NoticeStatus
from src.payments.webhooks.models import WebhookNotice


async def insert_unless_known(session: AsyncSession, *, gateway: str, notice: Notice, body: bytes) -> None:
    new = insert(WebhookNotice).values(
        gateway=gateway, event_id=notice.event_id, subject=notice.subject, body=body
    )
    known = new.on_conflict_do_nothing(index_elements=[WebhookNotice.gateway, WebhookNotice.event_id])
    await session.execute(known)


async def lease(session: AsyncSession, *, limit: int, lease: timedelta) -> Sequence[WebhookNotice]:
    """Notices to work on, put off by `lease` so that nobody else takes them meanwhile."""
    due = (
        select(WebhookNotice.id)
        .where(WebhookNotice.status == NoticeStatus.RECEIVED, WebhookNotice.due_at <= func.clock_timestamp())
        .order_by(WebhookNotice.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    leased = (
        update(WebhookNotice)
        .where(WebhookNotice.id.in_(due))
        .values(attempts=WebhookNotice.attempts + 1, due_at=func.clock_timestamp() + lease)
    )
    return (await session.scalars(leased.returning(WebhookNotice))).all()


async def finish(
    session: AsyncSession, *, notice_id: int, status: NoticeStatus, error: str | None = None
) -> None:
    finished = update(WebhookNotice).where(WebhookNotice.id == notice_id)
    await session.execute(finished.values(status=status, error=error))


async def postpone(session: AsyncSession, *, notice_id: int, delay: timedelta, error: str) -> None:
    later = update(WebhookNotice).where(WebhookNotice.id == notice_id)
    await session.execute(later.values(due_at=func.clock_timestamp() + delay, error=error))


async def delete_finished(session: AsyncSession, *, older_than: timedelta) -> int:
    finished = (NoticeStatus.DONE, NoticeStatus.IGNORED)
    old = delete(WebhookNotice).where(
        WebhookNotice.status.in_(finished), WebhookNotice.received_at < func.clock_timestamp() - older_than
    )
    return len((await session.scalars(old.returning(WebhookNotice.id))).all())


async def make_due(session: AsyncSession, *, notice_id: int) -> bool:
    """False for one that is done or of no interest."""
    due = (
        update(WebhookNotice)
        .where(
            WebhookNotice.id == notice_id,
            WebhookNotice.status.in_([NoticeStatus.RECEIVED, NoticeStatus.UNKNOWN]),
        )
        .values(status=NoticeStatus.RECEIVED, attempts=0, due_at=func.clock_timestamp())
    )
    return await session.scalar(due.returning(WebhookNotice.id)) is not None
