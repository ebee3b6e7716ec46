"""Calendars of rooms: private feeds of them, and calendars elsewhere that take their time."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from src.addresses.models import Address
from src.calendars.enums import FeedKind
from src.calendars.feeds import service as feeds
from src.calendars.imports import service as imports
from src.calendars.imports.polling import Target
from src.calendars.models import CalendarImport, ImportedEvent
from src.calendars.schemas import CalendarImportCreate, CalendarImportRead
from src.companies import audit
from src.core.database import driver
from src.core.encryption import SecretBox
from src.core.identity import Principal
from src.core.outbound import Outbound
from src.rooms import policies, repository
from src.rooms import service as rooms
from src.rooms.exceptions import RoomNotFoundError
from src.teams.exceptions import PermissionMissingError
from src.teams.permissions import Permission

LISTED_CONFLICTS: Final = 20


class ShownRoom(NamedTuple):
    """What a feed of it needs."""

    id: int
    resource_id: int
    name: str
    address_name: str
    timezone: str


async def open_feed(session: AsyncSession, *, principal: Principal, room_id: int) -> str:
    """Returns the token of the principal's own feed. Raises `RoomNotFoundError`, `PermissionMissingError`."""
    await policies.require(session, principal=principal, room_id=room_id, permission=Permission.READ_BOOKINGS)
    return await feeds.open_feed(session, principal=principal, kind=FeedKind.ROOM, subject_id=room_id)


async def close_feed(session: AsyncSession, *, principal: Principal, room_id: int) -> None:
    """Raises `RoomNotFoundError`, `PermissionMissingError`."""
    await policies.require(session, principal=principal, room_id=room_id, permission=Permission.READ_BOOKINGS)
    await feeds.close_feed(session, principal=principal, kind=FeedKind.ROOM, subject_id=room_id)


async def find_shown_room(session: AsyncSession, *, principal: Principal, room_id: int) -> ShownRoom | None:
    """None unless the principal may read its bookings at the moment."""
    try:
        address = await policies.require(
            session, principal=principal, room_id=room_id, permission=Permission.READ_BOOKINGS
        )
    except (RoomNotFoundError, PermissionMissingError):
        return None
    found = await repository.find_with_address(session, room_id)
    if found is None:
        return None
    return ShownRoom(room_id, found.Room.resource_id, found.Room.name, address.name, address.timezone)


async def add_import(
    session: AsyncSession,
    *,
    principal: Principal,
    room_id: int,
    body: CalendarImportCreate,
    outbound: Outbound,
    box: SecretBox,
) -> CalendarImportRead:
    """Raises `RoomNotFoundError`, `PermissionMissingError` and those of `imports.add_import`. Locks the studio."""
    room, address = await policies.get_managed(
        session, principal=principal, room_id=room_id, permission=Permission.BLOCK_TIME
    )
    added = await imports.add_import(
        session, principal=principal, resource_id=room.resource_id, body=body, outbound=outbound, box=box
    )
    await audit.record(
        session,
        principal=principal,
        company_id=address.company_id,
        action="room.calendar_added",
        subject_id=room.id,
        changes={"name": (None, added.name), "host": (None, added.host)},
    )
    return added


async def list_imports(
    session: AsyncSession, *, principal: Principal, room_id: int
) -> Sequence[CalendarImportRead]:
    """Raises `RoomNotFoundError`, `PermissionMissingError`."""
    await policies.require(session, principal=principal, room_id=room_id, permission=Permission.BLOCK_TIME)
    found = await repository.find_with_address(session, room_id)
    if found is None:
        raise RoomNotFoundError
    return await imports.list_imports(session, resource_id=found.Room.resource_id)


async def remove_import(session: AsyncSession, *, principal: Principal, room_id: int, import_id: int) -> None:
    """Its time is free at once. Raises `CalendarImportNotFoundError`. Locks the studio, then the import."""
    room, address = await policies.get_managed(
        session, principal=principal, room_id=room_id, permission=Permission.BLOCK_TIME
    )
    removed = await imports.remove_import(session, resource_id=room.resource_id, import_id=import_id)
    await audit.record(
        session,
        principal=principal,
        company_id=address.company_id,
        action="room.calendar_removed",
        subject_id=room.id,
        changes={"name": (removed.name, None), "host": (removed.host, None)},
    )


async def find_target(session: AsyncSession, *, resource_id: int) -> Target:
    """What an imported calendar of this room takes: the room's time and that of its parts."""
    found = await repository.find_by_resource(session, resource_id)
    if found is None:
        raise RoomNotFoundError
    resource_ids = await rooms.list_resources(await driver(session), room_id=found.Room.id)
    return Target(tuple(resource_ids), ZoneInfo(found.Address.timezone))


class ImportFacts(NamedTuple):
    """An imported calendar, where it belongs, and what mails say about it."""

    calendar: CalendarImport
    address: Address
    facts: dict[str, Any]


async def find_import_facts(
    session: AsyncSession, *, import_id: int, conflicts: Sequence[ImportedEvent] = ()
) -> ImportFacts | None:
    """None when it has been removed. Of many conflicts some are named."""
    calendar = await imports.find_import(session, import_id=import_id)
    found = await repository.find_by_resource(session, calendar.resource_id) if calendar else None
    if calendar is None or found is None:
        return None
    facts = {
        "calendar": calendar.name,
        "room": found.Room.name,
        "room_id": found.Room.id,
        "studio": found.Address.name,
        "timezone": found.Address.timezone,
        "conflicts": [
            {"summary": conflict.summary, "starts": conflict.starts_at.isoformat()}
            for conflict in conflicts[:LISTED_CONFLICTS]
        ],
        "more": max(0, len(conflicts) - LISTED_CONFLICTS),
    }
    return ImportFacts(calendar, found.Address, facts)
