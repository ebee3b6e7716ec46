from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from src.calendars.enums import OccupancyKind
from src.calendars.models import LONGEST_OCCUPANCY, CalendarImport, ImportedEvent, Occupancy
from src.calendars.service import Span


async def add(session: AsyncSession, **values: Any) -> CalendarImport:
    calendar = CalendarImport(**values)
    session.add(calendar)
    await session.flush()
    return calendar


async def find_locked(session: AsyncSession, import_id: int) -> CalendarImport | None:
    return await session.get(CalendarImport, import_id, with_for_update=True, populate_existing=True)


async def list_sealed_otherwise(
    session: AsyncSession, *, prefix: str, limit: int
) -> Sequence[CalendarImport]:
    """Locks them: none may be left out, as the old key goes afterwards."""
    others = select(CalendarImport).where(~func.starts_with(CalendarImport.address_sealed, prefix))
    locked = others.order_by(CalendarImport.id).limit(limit).with_for_update()
    return (await session.scalars(locked)).all()


async def find(session: AsyncSession, import_id: int) -> CalendarImport | None:
    return await session.get(CalendarImport, import_id)


async def list_of_resource(session: AsyncSession, resource_id: int) -> Sequence[CalendarImport]:
    of_resource = select(CalendarImport).where(CalendarImport.resource_id == resource_id)
    return (await session.scalars(of_resource.order_by(CalendarImport.id))).all()


async def count_of_resource(session: AsyncSession, resource_id: int) -> int:
    count = select(func.count()).where(CalendarImport.resource_id == resource_id)
    return await session.scalar(count) or 0


async def count_events(session: AsyncSession, import_ids: Collection[int]) -> dict[int, int]:
    counts = select(ImportedEvent.import_id, func.count().label("events")).group_by(ImportedEvent.import_id)
    found = await session.execute(counts.where(ImportedEvent.import_id.in_(import_ids)))
    return {row.import_id: row.events for row in found}


async def list_conflicts(
    session: AsyncSession, import_ids: Collection[int], *, limit: int
) -> Sequence[ImportedEvent]:
    """Those to come, the first `limit` of each import."""
    rank = func.row_number().over(partition_by=ImportedEvent.import_id, order_by=ImportedEvent.starts_at)
    ranked = (
        select(ImportedEvent.id, rank.label("rank"))
        .where(
            ImportedEvent.import_id.in_(import_ids),
            ImportedEvent.conflict_since.is_not(None),
            ImportedEvent.ends_at > func.clock_timestamp(),
        )
        .subquery()
    )
    first = select(ranked.c.id).where(ranked.c.rank <= limit)
    conflicts = select(ImportedEvent).where(ImportedEvent.id.in_(first))
    return (await session.scalars(conflicts.order_by(ImportedEvent.starts_at))).all()


async def list_untold(session: AsyncSession, import_id: int) -> Sequence[ImportedEvent]:
    untold = select(ImportedEvent).where(
        ImportedEvent.import_id == import_id,
        ImportedEvent.conflict_since.is_not(None),
        ImportedEvent.told_at.is_(None),
    )
    return (await session.scalars(untold.order_by(ImportedEvent.starts_at).with_for_update())).all()


async def lease(session: AsyncSession, *, lease: timedelta) -> CalendarImport | None:
    """The calendar that has waited longest; others skip it until the lease ends."""
    due = (
        select(CalendarImport.id)
        .where(CalendarImport.due_at <= func.clock_timestamp())
        .order_by(CalendarImport.due_at)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    leased = update(CalendarImport).where(CalendarImport.id == due)
    return (
        await session.scalars(leased.values(due_at=func.clock_timestamp() + lease).returning(CalendarImport))
    ).one_or_none()


async def list_events(session: AsyncSession, import_id: int) -> Sequence[ImportedEvent]:
    events = select(ImportedEvent).where(ImportedEvent.import_id == import_id)
    return (await session.scalars(events.order_by(ImportedEvent.starts_at, ImportedEvent.id))).all()


async def add_events(session: AsyncSession, values: Sequence[dict[str, Any]]) -> Sequence[ImportedEvent]:
    if not values:
        return []
    return (await session.scalars(insert(ImportedEvent).returning(ImportedEvent), values)).all()


async def delete_events(session: AsyncSession, events: Collection[ImportedEvent]) -> None:
    """And frees their time."""
    claims = [event.claim_id for event in events if event.claim_id is not None]
    await session.execute(delete(Occupancy).where(Occupancy.claim_id.in_(claims)))
    await session.execute(delete(ImportedEvent).where(ImportedEvent.id.in_([event.id for event in events])))


async def delete_import(session: AsyncSession, calendar: CalendarImport) -> None:
    """And frees its time."""
    claims = select(ImportedEvent.claim_id).where(ImportedEvent.import_id == calendar.id)
    await session.execute(delete(Occupancy).where(Occupancy.claim_id.in_(claims)))
    await session.delete(calendar)
    await session.flush()


async def list_taken(
    session: AsyncSession, *, resource_ids: Collection[int], span: Span
) -> Sequence[Row[int, int, OccupancyKind, datetime, datetime, datetime | None]]:
    """Resource, claim, kind, start, end and expiry of what is taken; holds that have expired are free."""
    taken = select(
        Occupancy.resource_id,
        Occupancy.claim_id,
        Occupancy.kind,
        Occupancy.starts_at,
        Occupancy.ends_at,
        Occupancy.expires_at,
    ).where(
        Occupancy.resource_id.in_(resource_ids),
        Occupancy.starts_at > span.starts_at - LONGEST_OCCUPANCY,
        Occupancy.starts_at < span.ends_at,
        Occupancy.ends_at > span.starts_at,
        Occupancy.expires_at.is_(None) | (Occupancy.expires_at > func.clock_timestamp()),
    )
    return (await session.execute(taken)).all()
