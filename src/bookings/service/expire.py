from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings import repository
from src.bookings.enums import Actor, BookingStatus
from src.bookings.events import HoldExpired, RequestExpired
from src.bookings.models import Booking
from src.bookings.service import holdings
from src.core import events

BATCH = 200


async def expire_holds(session: AsyncSession) -> int:
    """Marks holds and requests that have ended; returns how many. Their time was free already.

    Locks them with SKIP LOCKED: harmless beside another sweep, a payment or a cancellation.
    """
    return await _expire(session, await repository.lapsed_holds(session, limit=BATCH))


async def expire_holds_of_event(session: AsyncSession, *, event_id: int) -> int:
    """The same for one event, whose row is locked: its seats can be had before any sweep."""
    return await _expire(session, await repository.lapsed_holds(session, event_id=event_id, limit=BATCH))


async def _expire(session: AsyncSession, holds: Sequence[Booking]) -> int:
    for booking in holds:
        was_request = booking.status is BookingStatus.AWAITING_APPROVAL
        await repository.record_move(
            session,
            booking=booking,
            to_status=BookingStatus.EXPIRED,
            actor=Actor.SYSTEM,
            actor_id=None,
            reason="not answered in time" if was_request else "not paid in time",
        )
        await holdings.release(session, booking)
        kind = RequestExpired if was_request else HoldExpired
        await events.publish(session, kind(booking_id=booking.id))
    return len(holds)
