"""Calendars elsewhere whose busy time is taken on a resource. Who may do it is decided above."""

import hashlib
from collections import defaultdict
from urllib.parse import urlsplit

from sqlalchemy.ext.asyncio import AsyncSession

from src.calendars.exceptions import (
    CalendarAddressRefusedError,
    CalendarImportNotFoundError,
    TooManyCalendarImportsError,
)
from src.calendars.imports import repository
from src.calendars.models import CalendarImport, ImportedEvent
from src.calendars.schemas import CalendarImportCreate, CalendarImportRead, ImportConflictRead
from src.core.clock import utc_now
from src.core.encryption import SecretBox
from src.core.identity import Principal
from src.core.outbound import AddressRefusedError, Outbound

MOST_IMPORTS = 10
SHOWN_CONFLICTS = 50
RESEAL_BATCH = 500


async def add_import(
    session: AsyncSession,
    *,
    principal: Principal,
    resource_id: int,
    body: CalendarImportCreate,
    outbound: Outbound,
    box: SecretBox,
) -> CalendarImportRead:
    """Makes no call itself: it is due at once. The caller holds a lock, so that two don't count at the same moment.

    Raises `CalendarAddressRefusedError`, `CalendarImportedAlreadyError`, `TooManyCalendarImportsError`.
    """
    try:
        url = outbound.check(body.url)
    except AddressRefusedError as error:
        raise CalendarAddressRefusedError from error
    if await repository.count_of_resource(session, resource_id) >= MOST_IMPORTS:
        raise TooManyCalendarImportsError
    calendar = await repository.add(
        session,
        resource_id=resource_id,
        created_by_id=principal.user_id,
        name=body.name,
        host=(urlsplit(url).hostname or "")[:255],
        address_sealed=box.seal(url, context=_context(resource_id)),
        address_hash=hashlib.sha256(url.encode()).digest(),
    )
    return _read(calendar, events=0, conflicts=[])


async def list_imports(session: AsyncSession, *, resource_id: int) -> list[CalendarImportRead]:
    """Three statements, however many there are."""
    calendars = await repository.list_of_resource(session, resource_id)
    ids = [calendar.id for calendar in calendars]
    counts = await repository.count_events(session, ids)
    conflicts = defaultdict(list)
    for event in await repository.list_conflicts(session, ids, limit=SHOWN_CONFLICTS):
        conflicts[event.import_id].append(event)
    return [
        _read(calendar, events=counts.get(calendar.id, 0), conflicts=conflicts[calendar.id])
        for calendar in calendars
    ]


async def find_import(session: AsyncSession, *, import_id: int) -> CalendarImport | None:
    return await repository.find(session, import_id)


async def remove_import(session: AsyncSession, *, resource_id: int, import_id: int) -> CalendarImport:
    """Its time is free at once; returns what it was. Raises `CalendarImportNotFoundError`."""
    calendar = await repository.find_locked(session, import_id)
    if calendar is None or calendar.resource_id != resource_id:
        raise CalendarImportNotFoundError
    await repository.delete_import(session, calendar)
    return calendar


async def take_untold_conflicts(session: AsyncSession, *, import_id: int) -> list[ImportedEvent]:
    """Conflicts that the owner hasn't been told of; from now on they count as told. Locks them."""
    untold = list(await repository.list_untold(session, import_id))
    for event in untold:
        event.told_at = utc_now()
    await session.flush()
    return untold


def address_of(calendar: CalendarImport, box: SecretBox) -> str:
    """Raises `SecretUnreadableError`."""
    return box.open(calendar.address_sealed, context=_context(calendar.resource_id))


async def reseal(session: AsyncSession, *, box: SecretBox) -> int:
    """Seals addresses with the first key, a batch of them; returns how many. Raises `SecretUnreadableError`."""
    calendars = await repository.list_sealed_otherwise(session, prefix=box.sealing_prefix, limit=RESEAL_BATCH)
    for calendar in calendars:
        calendar.address_sealed = box.seal(address_of(calendar, box), context=_context(calendar.resource_id))
    await session.flush()
    return len(calendars)


def _context(resource_id: int) -> str:
    return f"calendar_imports.address:{resource_id}"


def _read(calendar: CalendarImport, *, events: int, conflicts: list[ImportedEvent]) -> CalendarImportRead:
    return CalendarImportRead(
        id=calendar.id,
        name=calendar.name,
        host=calendar.host,
        events=events,
        conflicts=[ImportConflictRead.model_validate(event) for event in conflicts],
        fetched_at=calendar.fetched_at,
        problem=calendar.problem,
        failures=calendar.failures,
        has_unreadable_events=calendar.has_unreadable_events,
        created_at=calendar.created_at,
    )
