from collections.abc import Collection, Sequence

from sqlalchemy import Row, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from src.calendars.enums import FeedKind, OccupancyKind
from src.calendars.models import LONGEST_OCCUPANCY, CalendarFeed, Occupancy
from src.calendars.service import Span


async def replace(
    session: AsyncSession, *, user_id: int, kind: FeedKind, subject_id: int, token_hash: bytes
) -> None:
    """One feed of a subject for each person; the address it had before ends."""
    feed = insert(CalendarFeed).values(
        user_id=user_id, kind=kind, subject_id=subject_id, token_hash=token_hash
    )
    changed = {"token_hash": feed.excluded.token_hash, "created_at": func.clock_timestamp()}
    is_same = [CalendarFeed.user_id, CalendarFeed.kind, CalendarFeed.subject_id]
    await session.execute(feed.on_conflict_do_update(index_elements=is_same, set_=changed))


async def remove(session: AsyncSession, *, user_id: int, kind: FeedKind, subject_id: int) -> None:
    await session.execute(
        delete(CalendarFeed).where(
            CalendarFeed.user_id == user_id, CalendarFeed.kind == kind, CalendarFeed.subject_id == subject_id
        )
    )


async def remove_all_of(session: AsyncSession, user_id: int) -> None:
    await session.execute(delete(CalendarFeed).where(CalendarFeed.user_id == user_id))


async def find(session: AsyncSession, token_hash: bytes) -> CalendarFeed | None:
    return (
        await session.scalars(select(CalendarFeed).where(CalendarFeed.token_hash == token_hash))
    ).one_or_none()


async def list_taken(
    session: AsyncSession, *, resource_id: int, window: Span, kinds: Collection[OccupancyKind]
) -> Sequence[Row[int, OccupancyKind, object, object]]:
    """Claim, kind, start and end of what is taken for good; one that is longer than an occupancy in one piece."""
    starts_at, ends_at = func.min(Occupancy.starts_at), func.max(Occupancy.ends_at)
    taken = (
        select(Occupancy.claim_id, Occupancy.kind, starts_at.label("starts_at"), ends_at.label("ends_at"))
        .where(
            Occupancy.resource_id == resource_id,
            Occupancy.kind.in_(kinds),
            Occupancy.starts_at > window.starts_at - LONGEST_OCCUPANCY,
            Occupancy.starts_at < window.ends_at,
            Occupancy.ends_at > window.starts_at,
            Occupancy.expires_at.is_(None),
        )
        .group_by(Occupancy.claim_id, Occupancy.kind)
        .order_by(starts_at)
    )
    return (await session.execute(taken)).all()
