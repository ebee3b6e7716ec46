from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, literal, select, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncSession

from src.core.live import LiveCounter, LiveEvent
from src.core.pagination import CursorRequest, paginate_by_cursor
from src.notifications.models import Notification, NotificationPreference

FORGOTTEN_AT_ONCE = 10_000


async def insert_unless_told(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> Sequence[Notification]:
    """Those that are new: who has been told of the same cause is left out."""
    if not rows:
        return []
    new = insert(Notification).values(rows)
    new = new.on_conflict_do_nothing(index_elements=[Notification.user_id, Notification.key])
    return (await session.scalars(new.returning(Notification))).all()


async def list_page(
    session: AsyncSession, user_id: int, wanted: CursorRequest
) -> tuple[Sequence[Notification], str | None]:
    theirs = select(Notification).where(Notification.user_id == user_id)
    rows, next_cursor = await paginate_by_cursor(session, theirs, wanted, key=Notification.id)
    return [row.Notification for row in rows], next_cursor


async def list_all(session: AsyncSession, user_id: int) -> Sequence[Notification]:
    theirs = select(Notification).where(Notification.user_id == user_id)
    return (await session.scalars(theirs.order_by(Notification.id))).all()


async def find_own(session: AsyncSession, notification_id: int, *, user_id: int) -> Notification | None:
    own = select(Notification).where(Notification.id == notification_id, Notification.user_id == user_id)
    return await session.scalar(own)


async def mark_read(session: AsyncSession, notification_id: int, *, user_id: int) -> Notification | None:
    """None when it is read already, or nobody's of theirs."""
    unread = update(Notification).where(
        Notification.id == notification_id, Notification.user_id == user_id, Notification.read_at.is_(None)
    )
    return await session.scalar(unread.values(read_at=func.clock_timestamp()).returning(Notification))


async def mark_all_read(session: AsyncSession, user_id: int) -> int | None:
    """Returns the highest id of those that weren't read; None when all were."""
    unread = update(Notification).where(Notification.user_id == user_id, Notification.read_at.is_(None))
    marked = await session.scalars(unread.values(read_at=func.clock_timestamp()).returning(Notification.id))
    return max(marked, default=None)


async def count_unread(session: AsyncSession, user_id: int) -> int:
    unread = select(func.count()).where(Notification.user_id == user_id, Notification.read_at.is_(None))
    return await session.scalar(unread) or 0


async def list_preferences(
    session: AsyncSession, user_ids: Collection[int], kind: str | None = None
) -> Sequence[NotificationPreference]:
    chosen = select(NotificationPreference).where(NotificationPreference.user_id.in_(user_ids))
    if kind is not None:
        chosen = chosen.where(NotificationPreference.kind == kind)
    return (await session.scalars(chosen)).all()


async def replace_preferences(
    session: AsyncSession, user_id: int, choices: Sequence[Mapping[str, Any]]
) -> None:
    """The last of several at once wins."""
    kept = [choice["kind"] for choice in choices]
    gone = delete(NotificationPreference).where(
        NotificationPreference.user_id == user_id, NotificationPreference.kind.not_in(kept)
    )
    await session.execute(gone)
    if choices:
        rows = insert(NotificationPreference).values([{"user_id": user_id, **choice} for choice in choices])
        changes = {"in_app": rows.excluded.in_app, "email": rows.excluded.email}
        await session.execute(rows.on_conflict_do_update(index_elements=["user_id", "kind"], set_=changes))


async def mute_mails(session: AsyncSession, user_id: int, kind: str) -> None:
    row = insert(NotificationPreference).values(user_id=user_id, kind=kind, in_app=True, email=False)
    await session.execute(
        row.on_conflict_do_update(index_elements=["user_id", "kind"], set_={"email": False})
    )


async def forget_notifications(session: AsyncSession, age: timedelta) -> int:
    """A batch; returns how many."""
    old = select(Notification.id).where(Notification.created_at < func.clock_timestamp() - age)
    gone = delete(Notification).where(Notification.id.in_(old.limit(FORGOTTEN_AT_ONCE).scalar_subquery()))
    return len((await session.scalars(gone.returning(Notification.id))).all())


async def forget_live_events(session: AsyncSession, age: timedelta) -> None:
    await session.execute(delete(LiveEvent).where(LiveEvent.created_at < func.clock_timestamp() - age))


async def forget_user(session: AsyncSession, user_id: int, *, name: str) -> None:
    """All that they were told, and their name in what others were told."""
    for table in (Notification, NotificationPreference, LiveEvent, LiveCounter):
        await session.execute(delete(table).where(table.user_id == user_id))
    about = update(Notification).where(Notification.about_user_id == user_id)
    nameless = literal({"customer": name}, JSONB)
    await session.execute(about.values(facts=Notification.facts.op("||")(nameless), about_user_id=None))
