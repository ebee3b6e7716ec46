"""What a booking holds until it ends: time of its room and add-ons, or seats of an event."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings import repository
from src.bookings.add_ons import service as add_ons
from src.bookings.enums import BookingStatus
from src.bookings.models import Booking
from src.calendars import service as calendars
from src.calendars.enums import OccupancyKind
from src.calendars.exceptions import SlotTakenError
from src.calendars.service import Span, Wish
from src.core.database import driver
from src.events import service as hosted
from src.events.enums import EventStatus
from src.rooms import service as rooms


async def release(session: AsyncSession, booking: Booking) -> None:
    """For the one move that ends a locked booking: seats are given back by each call."""
    if booking.event_id is None:
        await calendars.release(session, claim_id=booking.time_claim_id)
    else:
        await hosted.give_seats_back(session, event_id=booking.event_id, seats=booking.seats or 0)


async def prolong(
    session: AsyncSession, booking: Booking, *, hold: timedelta, latest: datetime
) -> datetime | None:
    """Of a locked hold: until `hold` from now, but not past `latest`; None when it had ended."""
    if booking.event_id is None:
        return await calendars.extend(session, claim_id=booking.time_claim_id, hold=hold, latest=latest)
    if await repository.get_status_now(session, booking.id) is not BookingStatus.PENDING:
        return None
    return min(await repository.get_clock(session) + hold, latest)


async def secure(session: AsyncSession, booking: Booking) -> bool:
    """Holds for good what a locked booking, pending or expired, is about; False when somebody else has it.

    Also once it has begun. Locks like `calendars.claim`, or the event.
    """
    if booking.event_id is not None:
        return await _secure_seats(session, booking, booking.event_id)
    if booking.status is BookingStatus.PENDING and await calendars.keep(
        session, claim_id=booking.time_claim_id
    ):
        return True
    await calendars.release(session, claim_id=booking.time_claim_id)
    if booking.starts_at <= await repository.get_clock(session):
        return False
    span = Span(booking.starts_at, booking.ends_at)
    wishes = await list_wishes(session, booking, room_id=booking.room_id, span=span)
    try:
        claim = await calendars.claim(session, wishes=wishes, kind=OccupancyKind.BOOKING, hold=None)
    except SlotTakenError:
        return False
    await repository.change(session, booking=booking, claim_id=claim.id)
    return True


async def list_wishes(session: AsyncSession, booking: Booking, *, room_id: int, span: Span) -> list[Wish]:
    """The time to take for a booking of a room, and for all that comes with it. Locks the room."""
    chosen = await add_ons.list_kept(session, [booking.id])
    room = await rooms.get_wishes(await driver(session), room_id=room_id, span=span)
    return [*room, *add_ons.wishes_of(chosen, span)]


async def _secure_seats(session: AsyncSession, booking: Booking, event_id: int) -> bool:
    """A hold has its seats until it is marked as expired, even if its time is over.

    One that is marked doesn't follow its event to another time: nobody has agreed to that.
    """
    event = await hosted.find_event(session, event_id=event_id)
    if event is None or event.status is EventStatus.CANCELLED:
        return False
    if booking.starts_at <= await repository.get_clock(session):
        return False
    if booking.status is BookingStatus.PENDING:
        return True
    taken = await hosted.take_seats(session, event_id=event_id, seats=booking.seats or 0)
    if taken is not None and (taken.starts_at, taken.ends_at) != (booking.starts_at, booking.ends_at):
        await hosted.give_seats_back(session, event_id=event_id, seats=booking.seats or 0)
        return False
    return taken is not None
