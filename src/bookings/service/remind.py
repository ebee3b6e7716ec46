from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings import repository
from src.bookings.events import BookingReminderDue
from src.core import events

REMIND_BEFORE = timedelta(hours=24)
BATCH = 200


async def send_reminders(session: AsyncSession) -> int:
    """Of what begins within a day and was booked before that; once for each time that a booking has had.

    Returns how many. Locks them with SKIP LOCKED: two sweeps are harmless.
    """
    due = await repository.mark_reminded(session, before=REMIND_BEFORE, limit=BATCH)
    for booking_id in due:
        await events.publish(session, BookingReminderDue(booking_id=booking_id))
    return len(due)
