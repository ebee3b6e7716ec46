"""What a payment does to a booking."""

from enum import Enum, auto

from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings import repository
from src.bookings.enums import Actor, BookingStatus
from src.bookings.events import BookingConfirmed
from src.bookings.exceptions import BookingNotFoundError, IllegalMoveError
from src.bookings.models import Booking
from src.calendars import service as calendars
from src.calendars.enums import OccupancyKind
from src.calendars.exceptions import SlotTakenError
from src.calendars.service import Span
from src.core import events
from src.core.database import driver
from src.core.identity import Principal
from src.rooms import service as rooms


class PaymentOutcome(Enum):
    CONFIRMED = auto()
    TOO_LATE = auto()
    """The booking can't be had any more, or is paid already: all of this money goes back."""


async def get_payable_booking(session: AsyncSession, *, principal: Principal, booking_id: int) -> Booking:
    """The customer's own live hold, its row locked. Raises `BookingNotFoundError`, `IllegalMoveError`."""
    booking = await repository.find_locked(session, booking_id)
    if booking is None or booking.customer_id != principal.user_id:
        raise BookingNotFoundError
    has_lapsed = await repository.has_lapsed_now(session, booking.id)
    if has_lapsed or booking.status is not BookingStatus.PENDING:
        raise IllegalMoveError("Only a booking that is pending can be paid.")
    return booking


async def confirm_paid(session: AsyncSession, *, booking_id: int, amount: int) -> PaymentOutcome:
    """Applies a payment of `amount` minor units that a gateway has captured.

    A hold that has ended is revived while its time is free and to come. Locks the booking, then like
    `calendars.claim`.
    """
    booking = await repository.find_locked(session, booking_id)
    if booking is None:
        raise BookingNotFoundError
    if booking.status not in {BookingStatus.PENDING, BookingStatus.EXPIRED}:
        return PaymentOutcome.TOO_LATE
    claim_id = await _secure_time(session, booking)
    if claim_id is None:
        return PaymentOutcome.TOO_LATE
    await repository.record_move(
        session,
        booking=booking,
        to_status=BookingStatus.CONFIRMED,
        actor=Actor.SYSTEM,
        actor_id=None,
        reason="paid",
        claim_id=claim_id,
        paid_amount=booking.paid_amount + amount,
    )
    await events.publish(session, BookingConfirmed(booking_id=booking.id))
    return PaymentOutcome.CONFIRMED


async def _secure_time(session: AsyncSession, booking: Booking) -> int | None:
    """The claim that now holds the time for good; None when somebody else has it or it has begun."""
    if booking.status is BookingStatus.PENDING and await calendars.keep(session, claim_id=booking.claim_id):
        return booking.claim_id
    await calendars.release(session, claim_id=booking.claim_id)
    if await repository.has_begun(session, booking.id):
        return None
    wishes = await rooms.get_wishes(
        await driver(session), room_id=booking.room_id, span=Span(booking.starts_at, booking.ends_at)
    )
    try:
        claim = await calendars.claim(session, wishes=wishes, kind=OccupancyKind.BOOKING, hold=None)
    except SlotTakenError:
        return None
    return claim.id
