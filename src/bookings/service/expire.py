from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings import repository
from src.bookings.enums import Actor, BookingStatus
from src.bookings.events import HoldExpired
from src.calendars import service as calendars
from src.core import events

BATCH = 200


async def expire_holds(session: AsyncSession) -> int:
    """Marks holds that have ended; returns how many. Their time was free already.

    Locks them with SKIP LOCKED: harmless beside another sweep, a payment or a cancellation.
    """
    holds = await repository.lapsed_holds(session, limit=BATCH)
    for booking in holds:
        await repository.record_move(
            session,
            booking=booking,
            to_status=BookingStatus.EXPIRED,
            actor=Actor.SYSTEM,
            actor_id=None,
            reason="not paid in time",
        )
        await calendars.release(session, claim_id=booking.claim_id)
        await events.publish(session, HoldExpired(booking_id=booking.id))
    return len(holds)
