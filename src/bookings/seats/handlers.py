from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings.seats import cancelling
from src.events.events import EventCancelled, EventMoved


async def cancel_seats(session: AsyncSession, event: EventCancelled) -> None:
    await cancelling.cancel_seats(session, event_id=event.event_id)


async def move_seats(session: AsyncSession, event: EventMoved) -> None:
    await cancelling.move_seats(session, event_id=event.event_id)
