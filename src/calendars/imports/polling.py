"""Imported calendars are looked at when they are due: leased, committed, fetched, then taken over (docs/adr/0006)."""

import time
from datetime import datetime, timedelta
from functools import partial
from typing import Final, NamedTuple, Protocol
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from src.calendars.enums import ImportProblem
from src.calendars.events import CalendarConflictFound, CalendarImportFailing
from src.calendars.imports import reading, repository, settling
from src.calendars.imports.reading import Reading, ReadingFailedError
from src.calendars.imports.service import address_of
from src.calendars.imports.settling import NOTHING, Place, Settled
from src.calendars.models import CalendarImport
from src.calendars.service import Span
from src.core import events
from src.core.clock import utc_now
from src.core.config import Settings
from src.core.database import Database
from src.core.encryption import SecretBox, SecretUnreadableError
from src.core.outbound import Outbound
from src.core.tasks import run_in_transaction

log = structlog.get_logger(__name__)

LEASE: Final = timedelta(minutes=3)
# One more look is begun only this soon after the first: a task that has its time limit above it is not killed.
BEGIN_WITHIN_SECONDS: Final = 5.0
AHEAD: Final = timedelta(days=400)
# A calendar that hasn't changed is read again once a day: repeated events come into the window.
READ_AGAIN: Final = timedelta(days=1)
TELL_AT_FAILURES: Final = 5
LONGEST_BACKOFF: Final = timedelta(hours=6)


class Target(NamedTuple):
    """Whose time is taken, and what an event without a zone means there."""

    resource_ids: tuple[int, ...]
    zone: ZoneInfo


class FindTarget(Protocol):
    async def __call__(self, session: AsyncSession, *, resource_id: int) -> Target:
        """Of a resource that is known above: what it is made of, and where."""
        ...


class Looked(NamedTuple):
    """`reading` is None when nothing has changed."""

    reading: Reading | None
    etag: str | None
    last_modified: str | None


async def poll_due(database: Database, *, settings: Settings, find_target: FindTarget) -> int:
    """Looks at what is due, one after the other; returns how many. Any number of workers can."""
    outbound, box = Outbound.of(settings), SecretBox.of(settings)
    begun, looks = time.monotonic(), 0
    while looks == 0 or time.monotonic() - begun < BEGIN_WITHIN_SECONDS:
        async with database.transaction() as session:
            calendar = await repository.lease(session, lease=LEASE)
            if calendar is None:
                break
            target = await find_target(session, resource_id=calendar.resource_id)
        await _poll(database, calendar, target, outbound=outbound, box=box, settings=settings)
        looks += 1
    return looks


async def _poll(
    database: Database,
    calendar: CalendarImport,
    target: Target,
    *,
    outbound: Outbound,
    box: SecretBox,
    settings: Settings,
) -> None:
    now = utc_now()
    pause = timedelta(seconds=settings.calendar_poll_seconds)
    try:
        looked = await _look(calendar, target.zone, outbound=outbound, box=box, settings=settings, now=now)
    except ReadingFailedError as error:
        log.info("calendar_not_read", import_id=calendar.id, problem=error.problem)
        async with database.transaction() as session:
            await _note_failure(session, calendar.id, error.problem, pause=pause, now=now)
        return
    await _take_over(database, calendar.id, looked, target, due_at=now + pause, now=now)


async def _look(
    calendar: CalendarImport,
    zone: ZoneInfo,
    *,
    outbound: Outbound,
    box: SecretBox,
    settings: Settings,
    now: datetime,
) -> Looked:
    """Raises `ReadingFailedError`. No transaction is open."""
    try:
        url = address_of(calendar, box)
    except SecretUnreadableError as error:
        raise ReadingFailedError(ImportProblem.UNREACHABLE) from error
    is_fresh = calendar.read_at is not None and now - calendar.read_at < READ_AGAIN
    answer = await reading.fetch(
        outbound,
        url,
        etag=calendar.etag if is_fresh else None,
        last_modified=calendar.last_modified if is_fresh else None,
    )
    if answer is None:
        return Looked(None, calendar.etag, calendar.last_modified)
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    window = Span(today, today + AHEAD)
    understood = await reading.understand(
        answer.body, zone=zone, window=window, own_host=settings.calendar_host
    )
    return Looked(understood, answer.headers.get("etag"), answer.headers.get("last-modified"))


async def _take_over(
    database: Database, import_id: int, looked: Looked, target: Target, *, due_at: datetime, now: datetime
) -> None:
    """In short transactions, so that whoever books the room waits for none of them long.

    What moved has its first try at its new time in the transaction that frees the old one. When the worker dies in
    between, the next look goes on.
    """
    settled = await run_in_transaction(
        database, lambda session: _note(session, import_id, looked, target, due_at=due_at, now=now)
    )
    has_news = settled.has_news
    while (place := settled.place) is not None:
        settled = await run_in_transaction(database, partial(_go_on, import_id, target, after=place, now=now))
        has_news |= settled.has_news
    if has_news:
        async with database.transaction() as session:
            await events.publish(session, CalendarConflictFound(import_id=import_id))


async def _note(
    session: AsyncSession, import_id: int, looked: Looked, target: Target, *, due_at: datetime, now: datetime
) -> Settled:
    """Locks the import: it may have been deleted meanwhile, and then there is nothing to take."""
    calendar = await repository.find_locked(session, import_id)
    if calendar is None:
        return NOTHING
    if looked.reading is not None:
        await settling.replace_events(session, calendar, looked.reading.events)
        calendar.read_at = now
        calendar.has_unreadable_events = looked.reading.has_unreadable_events
    calendar.etag, calendar.last_modified = looked.etag, looked.last_modified
    calendar.fetched_at, calendar.due_at = now, due_at
    calendar.failures, calendar.problem = 0, None
    await session.flush()
    return await _go_on(import_id, target, session, after=None, now=now)


async def _go_on(
    import_id: int, target: Target, session: AsyncSession, *, after: Place | None, now: datetime
) -> Settled:
    calendar = await repository.find_locked(session, import_id)
    if calendar is None:
        return NOTHING
    return await settling.take_free_time(
        session, calendar, resource_ids=target.resource_ids, after=after, now=now
    )


async def _note_failure(
    session: AsyncSession, import_id: int, problem: ImportProblem, *, pause: timedelta, now: datetime
) -> None:
    """What was imported before stays. The pauses grow, and the owner is told once."""
    calendar = await repository.find_locked(session, import_id)
    if calendar is None:
        return
    calendar.failures = min(calendar.failures + 1, 1_000)
    calendar.problem = problem
    calendar.due_at = now + min(pause * 2 ** min(calendar.failures - 1, 10), LONGEST_BACKOFF)
    if calendar.failures == TELL_AT_FAILURES:
        await events.publish(session, CalendarImportFailing(import_id=calendar.id))
    await session.flush()
