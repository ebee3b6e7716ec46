"""Who may move money."""

from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings import policies as bookings
from src.bookings.exceptions import BookingNotFoundError
from src.bookings.models import Booking
from src.companies import service as companies
from src.core.identity import Principal
from src.payments.exceptions import ChargeNotFoundError
from src.teams import policies as teams
from src.teams.permissions import Permission


async def require_money(session: AsyncSession, *, principal: Principal, company_id: int) -> None:
    """To see what the company as a whole earns. Raises `CompanyNotFoundError`, `PermissionMissingError`."""
    await _require_of_company(session, principal, Permission.READ_MONEY, company_id)


async def require_connecting(session: AsyncSession, *, principal: Principal, company_id: int) -> None:
    """To say where the company's money goes. Raises `CompanyNotFoundError`, `PermissionMissingError`."""
    await _require_of_company(session, principal, Permission.CONNECT_PAYMENTS, company_id)


async def require_refund(session: AsyncSession, *, principal: Principal, booking: Booking) -> None:
    """Raises `ChargeNotFoundError` for who may not see it, `PermissionMissingError`."""
    try:
        await bookings.actor_of(session, principal=principal, booking=booking)
    except BookingNotFoundError as error:
        raise ChargeNotFoundError from error
    await _require(session, principal, Permission.REFUND, booking)


async def require_recording(session: AsyncSession, *, principal: Principal, booking: Booking) -> None:
    """Raises `BookingNotFoundError` for who may not see it, `PermissionMissingError`."""
    await bookings.actor_of(session, principal=principal, booking=booking)
    await _require(session, principal, Permission.RECORD_PAYMENTS, booking)


async def _require_of_company(
    session: AsyncSession, principal: Principal, permission: Permission, company_id: int
) -> None:
    await companies.get_company(session, company_id=company_id)
    await teams.require(
        session, principal=principal, permission=permission, company_id=company_id, address_id=None
    )


async def _require(
    session: AsyncSession, principal: Principal, permission: Permission, booking: Booking
) -> None:
    await teams.require(
        session,
        principal=principal,
        permission=permission,
        company_id=booking.company_id,
        address_id=booking.address_id,
    )
