"""In which role somebody stands to a booking."""

from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings.enums import Actor
from src.bookings.exceptions import BookingNotFoundError
from src.bookings.models import Booking
from src.core.identity import Principal
from src.teams import policies as teams
from src.teams.permissions import Permission


async def actor_of(session: AsyncSession, *, principal: Principal, booking: Booking) -> Actor:
    """The customer, even of their own studio; else the owner's side. Raises `BookingNotFoundError` for others."""
    if booking.customer_id == principal.user_id:
        return Actor.CUSTOMER
    may_read = await teams.may(
        session,
        principal=principal,
        permission=Permission.READ_BOOKINGS,
        company_id=booking.company_id,
        address_id=booking.address_id,
    )
    if may_read:
        return Actor.OWNER
    raise BookingNotFoundError


async def require(
    session: AsyncSession, *, principal: Principal, booking: Booking, permission: Permission
) -> None:
    """On the owner's side more may read than act. Raises `BookingNotFoundError`, `PermissionMissingError`."""
    await actor_of(session, principal=principal, booking=booking)
    await teams.require(
        session,
        principal=principal,
        permission=permission,
        company_id=booking.company_id,
        address_id=booking.address_id,
    )
