"""For which side somebody stands."""

from sqlalchemy.ext.asyncio import AsyncSession

from src.agreements.enums import Side
from src.bookings.schemas import BookingRead
from src.core.identity import Principal
from src.teams import policies as teams
from src.teams.permissions import Permission


async def require_side(session: AsyncSession, *, principal: Principal, booking: BookingRead) -> Side:
    """The customer's, even in their own studio. Raises `PermissionMissingError` for who only may see the booking."""
    if booking.customer_id == principal.user_id:
        return Side.CUSTOMER
    await teams.require(
        session,
        principal=principal,
        permission=Permission.MANAGE_BOOKINGS,
        company_id=booking.company_id,
        address_id=booking.address_id,
    )
    return Side.STUDIO
