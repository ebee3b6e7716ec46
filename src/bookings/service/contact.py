from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings.models import Booking
from src.companies import service as companies
from src.users import service as users
from src.users.models import DEFAULT_LOCALE


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom a booking is for; a guest has no `user_id` and may have left no address. `key` tells people apart."""

    key: str
    firstname: str
    name: str
    email: str | None
    locale: str
    user_id: int | None


async def get_contact(session: AsyncSession, *, booking: Booking) -> Contact:
    if booking.customer_id is None:
        name = booking.guest_name or ""
        locale = await _locale_of_company(session, booking.company_id)
        return Contact("guest", name, name, booking.guest_email, locale=locale, user_id=None)
    customer = await users.get_user(session, user_id=booking.customer_id)
    return Contact(
        key=str(customer.id),
        firstname=customer.firstname,
        name=f"{customer.firstname} {customer.lastname}",
        email=customer.email,
        locale=customer.locale,
        user_id=customer.id,
    )


async def _locale_of_company(session: AsyncSession, company_id: int) -> str:
    """Who books at a desk is written to in the language of those who run it."""
    admins = await companies.list_admins(session, company_id=company_id)
    return admins[0].locale if admins else DEFAULT_LOCALE
