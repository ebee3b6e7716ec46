"""What an owner changes of a room; each change is recorded, and begins a new revision of the offer."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from src.addresses import service as addresses
from src.addresses.models import Address
from src.calendars import service as calendars
from src.calendars.enums import ResourceKind
from src.companies import audit
from src.core.errors import ValidationFailedError
from src.core.identity import Principal
from src.rooms import policies, repository
from src.rooms.enums import RoomStatus
from src.rooms.lengths import check_lengths
from src.rooms.models import Room
from src.rooms.schemas import RoomCreate, RoomUpdate
from src.rooms.service.read import document
from src.teams.permissions import Permission


async def create_room(session: AsyncSession, *, principal: Principal, body: RoomCreate) -> str:
    """Returns the room as JSON. Raises `AddressNotFoundError`, `PermissionMissingError`."""
    address = await addresses.get_managed_address(
        session, principal=principal, address_id=body.address_id, permission=Permission.EDIT_ROOMS
    )
    resource_id = await calendars.create_resource(session, kind=ResourceKind.ROOM)
    values = body.stored_values()
    room = await repository.insert(session, **values, resource_id=resource_id)
    await audit.record(
        session,
        principal=principal,
        company_id=address.company_id,
        action="room.created",
        subject_id=room.id,
        changes={field: (None, value) for field, value in values.items()},
    )
    return await document(session, room.id)


async def update_room(session: AsyncSession, *, principal: Principal, room_id: int, body: RoomUpdate) -> str:
    """Returns the room as JSON. Raises `RoomNotFoundError`, `PermissionMissingError`."""
    room, address = await policies.get_managed(
        session, principal=principal, room_id=room_id, permission=Permission.EDIT_ROOMS
    )
    await _change(session, principal, room, address, "room.updated", body.stored_values())
    return await document(session, room.id)


async def deactivate_room(session: AsyncSession, *, principal: Principal, room_id: int) -> None:
    """Takes the room off the market, for good or until it is made active again. What is booked stays booked.

    Raises `RoomNotFoundError`, `PermissionMissingError`.
    """
    room, address = await policies.get_managed(
        session, principal=principal, room_id=room_id, permission=Permission.EDIT_ROOMS
    )
    await _change(session, principal, room, address, "room.deactivated", {"status": RoomStatus.INACTIVE})


async def record_change(
    session: AsyncSession,
    principal: Principal,
    room: Room,
    address: Address,
    action: str,
    *,
    changes: dict[str, tuple[Any, Any]],
) -> None:
    """Into the audit trail, and as a new revision of the offer."""
    await repository.begin_revision(session, [room.id])
    await audit.record(
        session,
        principal=principal,
        company_id=address.company_id,
        action=action,
        subject_id=room.id,
        changes=changes,
    )


async def _change(
    session: AsyncSession,
    principal: Principal,
    room: Room,
    address: Address,
    action: str,
    values: dict[str, Any],
) -> None:
    changes = audit.apply(room, values)
    if not changes:
        return
    try:
        check_lengths(
            slot_minutes=room.slot_minutes, min_minutes=room.min_minutes, max_minutes=room.max_minutes
        )
    except ValueError as error:
        problem = {"field": "body", "message": str(error), "code": "value_error"}
        raise ValidationFailedError(errors=[problem]) from error
    await session.flush()
    await record_change(session, principal, room, address, action, changes=changes)
    await tell_address(session, address)


async def tell_address(session: AsyncSession, address: Address) -> None:
    """How many of its rooms can be booked: a studio without any is off the market."""
    count = await repository.count_bookable(session, address.id)
    await addresses.set_bookable_rooms(session, address=address, count=count)
