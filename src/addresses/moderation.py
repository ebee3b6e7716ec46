"""Studios that the platform takes off the market, against their owner's will."""

from sqlalchemy.ext.asyncio import AsyncSession

from src.addresses import service
from src.addresses.enums import AddressStatus
from src.addresses.exceptions import SuspensionUnchangedError
from src.core.identity import AdminOnlyError, Principal
from src.teams.permissions import Permission


async def suspend(session: AsyncSession, *, principal: Principal, address_id: int) -> None:
    """Its owner can't publish it again. Bookings that were made stay. Locks the studio.

    Raises `AdminOnlyError`, `AddressNotFoundError`, `SuspensionUnchangedError`.
    """
    await _move(session, principal, address_id, AddressStatus.SUSPENDED)


async def lift_suspension(session: AsyncSession, *, principal: Principal, address_id: int) -> None:
    """It is a draft then: its owner publishes it. Locks the studio.

    Raises `AdminOnlyError`, `AddressNotFoundError`, `SuspensionUnchangedError`.
    """
    await _move(session, principal, address_id, AddressStatus.DRAFT)


async def _move(session: AsyncSession, principal: Principal, address_id: int, status: AddressStatus) -> None:
    if not principal.is_admin:
        raise AdminOnlyError
    address = await service.get_managed_address(
        session, principal=principal, address_id=address_id, permission=Permission.EDIT_STUDIO
    )
    suspends, is_suspended = status is AddressStatus.SUSPENDED, address.status is AddressStatus.SUSPENDED
    if suspends == is_suspended:
        raise SuspensionUnchangedError
    await service.move(
        session,
        principal=principal,
        address=address,
        status=status,
        action="address.suspended" if suspends else "address.suspension_lifted",
        changes={},
    )
