"""Guests have no account that they could delete: after some time we forget them by ourselves (docs/adr/0024)."""

from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings.walk_ins import repository
from src.core.mail import service as mail

BATCH = 200


async def forget_guests(session: AsyncSession, *, months: int) -> int:
    """Takes name, address and number off bookings that ended so many months ago, and with them the mails.

    A batch; returns how many. What was agreed and paid stays. Locks them with SKIP LOCKED: two sweeps are harmless.
    """
    before = await repository.get_cutoff(session, months=months)
    bookings = await repository.list_of_known_guests(session, before=before, limit=BATCH)
    for booking in bookings:
        if booking.guest_email is not None:
            await mail.forget_recipient(session, recipient=booking.guest_email, before=before)
        booking.guest_name = ""
        booking.guest_email = booking.guest_phone = None
    await session.flush()
    return len(bookings)
