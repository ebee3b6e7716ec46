from sqlalchemy.ext.asyncio import AsyncSession

from src.agreements import repository
from src.bookings.events import BookingConfirmed, BookingRescheduled


async def ask_for_agreement(session: AsyncSession, event: BookingConfirmed) -> None:
    """Drawn up by `tasks.draw_up_due`: not in this transaction. Seats of an event need none."""
    await repository.mark_due(session, event.booking_id)


async def renew_agreement(session: AsyncSession, event: BookingRescheduled) -> None:
    """Another time is another version."""
    await repository.mark_due(session, event.booking_id)
