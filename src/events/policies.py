"""Who may see and change an event: its room decides."""

from sqlalchemy.ext.asyncio import AsyncSession

from src.addresses import policies as addresses
from src.addresses.exceptions import AddressNotFoundError
from src.addresses.models import Address
from src.core.identity import Principal
from src.events import repository
from src.events.exceptions import EventNotFoundError
from src.events.models import HostedEvent
from src.rooms import policies as rooms
from src.rooms.exceptions import RoomNotFoundError
from src.teams.permissions import Permission


async def get_visible(
    session: AsyncSession, *, principal: Principal | None, event_id: int
) -> repository.EventRow:
    """Raises `EventNotFoundError`, also where the studio isn't published and the principal not of it."""
    found = await repository.find(session, event_id)
    if found is None:
        raise EventNotFoundError
    try:
        await addresses.require_visible(session, principal=principal, address=found.Address)
    except AddressNotFoundError:
        raise EventNotFoundError from None
    return found


async def get_managed(
    session: AsyncSession, *, principal: Principal, event_id: int
) -> tuple[HostedEvent, Address]:
    """To be changed: studio, room and event are locked, in this order.

    Raises `EventNotFoundError`, `PermissionMissingError`.
    """
    room_id = await repository.find_room_id(session, event_id)
    if room_id is None:
        raise EventNotFoundError
    try:
        _, address = await rooms.get_managed(
            session, principal=principal, room_id=room_id, permission=Permission.HOST_EVENTS
        )
    except RoomNotFoundError:
        raise EventNotFoundError from None
    event = await repository.find_locked(session, event_id)
    if event is None:
        raise EventNotFoundError
    return event, address


async def require(
    session: AsyncSession, *, principal: Principal, event_id: int, permission: Permission
) -> HostedEvent:
    """Without any lock. Raises like `get_managed`."""
    found = await repository.find(session, event_id)
    if found is None:
        raise EventNotFoundError
    try:
        await addresses.require(session, principal=principal, address=found.Address, permission=permission)
    except AddressNotFoundError:
        raise EventNotFoundError from None
    event: HostedEvent = found.HostedEvent
    return event
