"""What becomes of seats when their event is cancelled or moved."""

from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings import cancellation
from src.bookings import repository as bookings
from src.bookings.cancellation import RefundTier
from src.bookings.enums import HELD, Actor, BookingStatus
from src.bookings.events import BookingCancelled, SeatsMoved
from src.bookings.models import Booking
from src.bookings.rescheduling import repository as rescheduling
from src.bookings.seats import repository
from src.bookings.service import holdings
from src.core import events
from src.events import service as hosted
from src.events.events import EventCancelled
from src.events.models import HostedEvent

BATCH = 200
# Whoever has bought another evening may go for nothing until it begins.
ALL_OF_IT = [RefundTier(hours_before=0, refund_percent=cancellation.WHOLE)]


async def cancel_seats(session: AsyncSession, *, event_id: int) -> None:
    """As the owner: all that is paid goes back. A batch; for the rest the event is published again.

    A booking that is cancelled, or was, is not touched, so repeating it pays nobody twice. Locks the bookings, then
    the event.
    """
    live = await repository.list_live_locked(session, event_id, limit=BATCH)
    for booking in live:
        await bookings.record_move(
            session,
            booking=booking,
            to_status=BookingStatus.CANCELLED,
            actor=Actor.OWNER,
            actor_id=None,
            reason="the event is cancelled",
            refund_amount=booking.paid_amount - booking.returned_amount,
        )
        await holdings.release(session, booking)
        await events.publish(session, BookingCancelled(booking_id=booking.id))
    if len(live) == BATCH:
        await events.publish(session, EventCancelled(event_id=event_id))


async def move_seats(session: AsyncSession, *, event_id: int) -> None:
    """Bookings follow their event, and can be cancelled for nothing; those that are confirmed are told.

    Locks the bookings.
    """
    event = await hosted.find_event(session, event_id=event_id)
    if event is None:
        return
    for booking in await repository.list_live_locked(session, event_id, limit=event.capacity):
        if await _move(session, booking, event) and booking.status is BookingStatus.CONFIRMED:
            await events.publish(session, SeatsMoved(booking_id=booking.id))


async def _move(session: AsyncSession, booking: Booking, event: HostedEvent) -> bool:
    """Whether it was elsewhere before."""
    if (booking.starts_at, booking.ends_at) == (event.starts_at, event.ends_at):
        return False
    expires_at = booking.expires_at
    if booking.status in HELD and expires_at is not None:
        expires_at = min(expires_at, event.starts_at)
    await rescheduling.record_rescheduling(
        session,
        booking=booking,
        actor=Actor.OWNER,
        actor_id=None,
        reason="the event has another time",
        changes={
            "starts_at": (booking.starts_at.isoformat(), event.starts_at.isoformat()),
            "ends_at": (booking.ends_at.isoformat(), event.ends_at.isoformat()),
        },
    )
    await bookings.change(
        session,
        booking=booking,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        expires_at=expires_at,
        cancellation_policy=cancellation.freeze_tiers(ALL_OF_IT),
    )
    return True
