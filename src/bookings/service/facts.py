from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings import reference, repository
from src.bookings.exceptions import BookingNotFoundError
from src.bookings.models import Booking


async def mail_facts(session: AsyncSession, *, booking_id: int) -> tuple[Booking, dict[str, Any]]:
    """The booking and what mails say about it, in no language: instants with the studio's zone, money in minor units.

    `title` is what was booked: the room, or the event that takes place in it. Raises `BookingNotFoundError`.
    """
    found = await repository.find_details(session, booking_id)
    if found is None:
        raise BookingNotFoundError
    booking: Booking = found.Booking
    facts = {
        "booking_id": booking.id,
        "reference": reference.encode(booking.id),
        "title": found.Room.name if booking.seats is None else booking.items[0]["description"],
        "room": found.Room.name,
        "seats": booking.seats,
        "studio": found.Address.name,
        "street": found.Address.street,
        "starts": booking.starts_at.isoformat(),
        "ends": booking.ends_at.isoformat(),
        "expires": booking.expires_at.isoformat() if booking.expires_at else None,
        "timezone": found.Address.timezone,
        "total": {"amount": booking.total_amount, "currency": booking.currency},
        "paid": {"amount": booking.paid_amount, "currency": booking.currency},
        "refund": {"amount": booking.refund_amount, "currency": booking.currency},
    }
    return booking, facts


async def last_reason(session: AsyncSession, *, booking_id: int) -> str:
    """What whoever moved the booking last has said; may be empty."""
    return await repository.get_last_reason(session, booking_id)
