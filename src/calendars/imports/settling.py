"""Imported events take what is free of their time; what was taken before stays whose it is, and is a conflict."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from src.calendars import service as calendars
from src.calendars.enums import OccupancyKind
from src.calendars.exceptions import SlotTakenError
from src.calendars.imports import repository
from src.calendars.imports.reading import BusyEvent
from src.calendars.models import CalendarImport, ImportedEvent
from src.calendars.service import Span, Wish
from src.calendars.spans import overlap, pieces, subtract

# So many in one transaction: while it lasts, whoever wants the room's time waits.
BATCH: Final = 200

Place = tuple[datetime, int]  # in the order of events: start and id


class Settled(NamedTuple):
    """Whether there are conflicts that the owner has not been told of, and where to go on."""

    has_news: bool
    place: Place | None


NOTHING: Final = Settled(has_news=False, place=None)


@dataclass(frozen=True, slots=True)
class Taken:
    resource_id: int
    claim_id: int
    span: Span
    is_conflict: bool  # neither imported nor a hold, which may be gone in a minute


class TakenTime:
    """What is taken, found by the days it touches: thousands of events look at what is near them only."""

    def __init__(self, rows: Iterable[Taken]) -> None:
        self._days: defaultdict[int, set[Taken]] = defaultdict(set)
        for row in rows:
            self.add(row)

    def add(self, row: Taken) -> None:
        for day in _days(row.span):
            self._days[day].add(row)

    def remove(self, row: Taken) -> None:
        for day in _days(row.span):
            self._days[day].discard(row)

    def over(self, span: Span) -> set[Taken]:
        near = (self._days.get(day, set()) for day in _days(span))
        return {row for rows in near for row in rows if overlap(row.span, span)}


def _days(span: Span) -> range:
    return range(span.starts_at.toordinal(), span.ends_at.toordinal() + 1)


async def replace_events(
    session: AsyncSession, calendar: CalendarImport, events: Sequence[BusyEvent]
) -> None:
    """What has stayed the same is left alone; the rest goes and comes in this transaction."""
    before = {_times(event): event for event in await repository.list_events(session, calendar.id)}
    after = {(event.span.starts_at, event.span.ends_at): event.summary for event in events}
    gone = [event for times, event in before.items() if times not in after]
    if gone:
        await repository.delete_events(session, gone)
    for times, event in before.items():
        if times in after:
            event.summary = after[times]
    await repository.add_events(
        session,
        [
            {"import_id": calendar.id, "starts_at": starts, "ends_at": ends, "summary": summary}
            for (starts, ends), summary in after.items()
            if (starts, ends) not in before
        ],
    )
    await session.flush()


async def take_free_time(
    session: AsyncSession,
    calendar: CalendarImport,
    *,
    resource_ids: Collection[int],
    after: Place | None,
    now: datetime,
) -> Settled:
    """For the next events behind `after` that don't have all of theirs. Locks like `calendars.claim`."""
    events = [event for event in await repository.list_events(session, calendar.id) if event.ends_at > now]
    waiting = [
        event for event in events if not event.is_complete and (after is None or _place(event) > after)
    ]
    batch = waiting[:BATCH]
    if not batch:
        return NOTHING
    around = Span(batch[0].starts_at, max(event.ends_at for event in batch))
    taken = TakenTime(await _list_taken(session, resource_ids, around))
    for event in batch:
        await _settle(session, event, taken, resource_ids=resource_ids, now=now)
    await session.flush()
    return Settled(
        has_news=any(event.conflict_since is not None and event.told_at is None for event in batch),
        place=_place(batch[-1]) if len(waiting) > len(batch) else None,
    )


async def _settle(
    session: AsyncSession,
    event: ImportedEvent,
    taken: TakenTime,
    *,
    resource_ids: Collection[int],
    now: datetime,
) -> None:
    span = Span(event.starts_at, event.ends_at)
    has = {row for row in taken.over(span) if row.claim_id == event.claim_id}
    in_the_way = taken.over(span) - has
    wishes = [
        Wish(resource_id, piece)
        for resource_id in sorted(resource_ids)
        for free in subtract(span, (row.span for row in in_the_way if row.resource_id == resource_id))
        for piece in pieces(free)
    ]
    if set(wishes) != {Wish(row.resource_id, row.span) for row in has}:
        for row in has:
            taken.remove(row)
        for row in await _claim(session, event, wishes):
            taken.add(row)
    event.is_complete = event.claim_id is not None and not in_the_way
    if not any(row.is_conflict for row in in_the_way):
        event.conflict_since = event.told_at = None
    elif event.conflict_since is None:
        event.conflict_since = now


async def _claim(session: AsyncSession, event: ImportedEvent, wishes: list[Wish]) -> list[Taken]:
    if event.claim_id is not None:
        await calendars.release(session, claim_id=event.claim_id)
        event.claim_id = None
    if not wishes:
        return []
    try:
        claim = await calendars.claim(session, wishes=wishes, kind=OccupancyKind.IMPORTED, hold=None)
    except SlotTakenError:
        return []  # somebody was faster: the next look sees who
    event.claim_id = claim.id
    return [Taken(wish.resource_id, claim.id, wish.span, is_conflict=False) for wish in wishes]


async def _list_taken(session: AsyncSession, resource_ids: Collection[int], span: Span) -> list[Taken]:
    rows = await repository.list_taken(session, resource_ids=resource_ids, span=span)
    return [
        Taken(
            row.resource_id,
            row.claim_id,
            Span(row.starts_at, row.ends_at),
            is_conflict=row.kind is not OccupancyKind.IMPORTED and row.expires_at is None,
        )
        for row in rows
    ]


def _place(event: ImportedEvent) -> Place:
    return event.starts_at, event.id


def _times(event: ImportedEvent) -> tuple[datetime, datetime]:
    return event.starts_at, event.ends_at
