"""Who may see and change a room."""

from sqlalchemy.ext.asyncio import AsyncSession

from src.addresses import policies as address_policies
from src.addresses import service as addresses
from src.addresses.exceptions import AddressNotFoundError
from src.addresses.models import Address
from src.core.identity import Principal
from src.rooms import repository
from src.rooms.enums import RoomStatus
from src.rooms.exceptions import RoomNotFoundError
from src.rooms.models import Room
from src.teams import policies as teams
from src.teams.exceptions import PermissionMissingError
from src.teams.permissions import Permission


async def get_managed(
    session: AsyncSession, *, principal: Principal, room_id: int, permission: Permission
) -> tuple[Room, Address]:
    """The room and its studio, to be changed: both rows locked, so that changes within a studio wait in line.

    Raises `RoomNotFoundError` for who may not even see it, `PermissionMissingError` for who may.
    """
    address_id = await repository.find_address_id(session, room_id)
    if address_id is None:
        raise RoomNotFoundError
    try:
        address = await addresses.get_managed_address(
            session, principal=principal, address_id=address_id, permission=permission
        )
    except AddressNotFoundError:
        raise RoomNotFoundError from None
    except PermissionMissingError:
        await _hide_inactive(session, principal, room_id)
        raise
    room = await repository.find_locked(session, room_id)
    if room is None:
        raise RoomNotFoundError
    return room, address


async def require(
    session: AsyncSession, *, principal: Principal, room_id: int, permission: Permission
) -> Address:
    """The room's studio, without any lock. Raises like `get_managed`."""
    found = await repository.find_with_address(session, room_id)
    if found is None:
        raise RoomNotFoundError
    try:
        await address_policies.require(
            session, principal=principal, address=found.Address, permission=permission
        )
    except AddressNotFoundError:
        raise RoomNotFoundError from None
    except PermissionMissingError:
        await _hide_inactive(session, principal, room_id)
        raise
    address: Address = found.Address
    return address


async def _hide_inactive(session: AsyncSession, principal: Principal, room_id: int) -> None:
    """Who isn't of the company is not told of a room off the market. Raises `RoomNotFoundError`."""
    found = await repository.find_with_address(session, room_id)
    if found is None:
        raise RoomNotFoundError
    if found.Room.status is not RoomStatus.ACTIVE and not await teams.may(
        session,
        principal=principal,
        permission=Permission.SEE_STUDIO,
        company_id=found.Address.company_id,
        address_id=found.Address.id,
    ):
        raise RoomNotFoundError
