"""In which role somebody stands to a booking."""

from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings.enums import Actor
from src.bookings.exceptions import BookingNotFoundError
from src.bookings.models import Booking
from src.companies import policies as companies
from src.core.identity import Principal


async def actor_of(session: AsyncSession, *, principal: Principal, booking: Booking) -> Actor:
    """The customer, even of their own studio; else the owner's side. Raises `BookingNotFoundError` for others."""
    if booking.customer_id == principal.user_id:
        return Actor.CUSTOMER
    if await companies.may_manage(session, principal=principal, company_id=booking.company_id):
        return Actor.OWNER
    raise BookingNotFoundError
