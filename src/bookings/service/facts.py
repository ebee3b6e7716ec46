from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings import reference, repository
from src.bookings.exceptions import BookingNotFoundError
from src.bookings.models import Booking


async def mail_facts(session: AsyncSession, *, booking_id: int) -> tuple[Booking, dict[str, Any]]:
    """The booking and what mails say about it; times in words, in the studio's zone.

    Raises `BookingNotFoundError`.
    """
    found = await repository.find_details(session, booking_id)
    if found is None:
        raise BookingNotFoundError
    booking: Booking = found.Booking
    zone = ZoneInfo(found.Address.timezone)
    facts = {
        "booking_id": booking.id,
        "reference": reference.encode(booking.id),
        "room": found.Room.name,
        "studio": found.Address.name,
        "street": found.Address.street,
        "starts": _for_people(booking.starts_at, zone),
        "ends": _for_people(booking.ends_at, zone),
        "timezone": found.Address.timezone,
        "total": {"amount": booking.total_amount, "currency": booking.currency},
        "paid": {"amount": booking.paid_amount, "currency": booking.currency},
        "refund": {"amount": booking.refund_amount, "currency": booking.currency},
    }
    return booking, facts


def _for_people(instant: datetime, zone: ZoneInfo) -> str:
    return instant.astimezone(zone).strftime("%A, %d %B %Y, %H:%M")
