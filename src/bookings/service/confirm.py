"""What a payment does to a booking."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings import repository
from src.bookings.enums import Actor, BookingStatus
from src.bookings.events import BookingConfirmed
from src.bookings.exceptions import BookingNotFoundError, IllegalMoveError
from src.bookings.models import Booking
from src.bookings.rescheduling import paying
from src.bookings.rescheduling.models import BookingProposal
from src.bookings.service import holdings
from src.companies import service as companies
from src.core import events
from src.core.identity import Principal

# Who has booked at the desk may also pay when they leave.
PAYABLE_AT_DESK: Final = frozenset({BookingStatus.CONFIRMED, BookingStatus.COMPLETED})


class PaymentOutcome(Enum):
    CONFIRMED = auto()
    TOO_LATE = auto()
    """The booking can't be had any more, or is paid already: all of this money goes back."""


@dataclass(frozen=True, slots=True)
class Due:
    """Minor units that can be paid for a booking at this moment, the platform's part and the tax in them.

    `expires_at`: until when.
    """

    amount: int
    fee_amount: int
    tax_amount: int
    expires_at: datetime


async def get_payable_booking(session: AsyncSession, *, principal: Principal, booking_id: int) -> Booking:
    """The customer's own live hold, or their booking that waits to be moved to a dearer time; its row locked.

    Raises `BookingNotFoundError`, `IllegalMoveError`.
    """
    booking = await repository.find_locked(session, booking_id)
    if booking is None or booking.customer_id != principal.user_id:
        raise BookingNotFoundError
    await get_due(session, booking=booking)
    return booking


async def get_locked_booking(session: AsyncSession, *, booking_id: int) -> Booking:
    """Locks the row. Raises `BookingNotFoundError`."""
    booking = await repository.find_locked(session, booking_id)
    if booking is None:
        raise BookingNotFoundError
    return booking


async def get_due(session: AsyncSession, *, booking: Booking) -> Due:
    """Of a locked booking. Raises `IllegalMoveError` where nothing is to be paid."""
    due = await find_due(session, booking=booking)
    if due is None:
        status = await repository.get_status_now(session, booking.id)
        raise IllegalMoveError("Only a booking that is pending can be paid.", status_now=status)
    return due


async def find_due(session: AsyncSession, *, booking: Booking) -> Due | None:
    """What a page may collect: for a live hold, or for the dearer time that a booking waits to be moved to."""
    status = await repository.get_status_now(session, booking.id)
    if status is BookingStatus.PENDING and booking.expires_at is not None:
        return _due(booking, booking, booking.expires_at)
    proposal = await paying.find_payable(session, booking=booking)
    if status is BookingStatus.CONFIRMED and proposal is not None:
        return _due(booking, proposal, proposal.expires_at)
    return None


def _due(booking: Booking, bill: Booking | BookingProposal, expires_at: datetime) -> Due:
    amount = bill.total_amount - booking.settled_amount
    return Due(
        amount,
        fee_amount=bill.platform_fee_amount * amount // bill.total_amount,
        tax_amount=bill.tax_amount * amount // bill.total_amount,
        expires_at=expires_at,
    )


async def get_owed(session: AsyncSession, *, booking: Booking) -> Due:
    """What staff may take for a locked booking: what a page would collect, or what is still unpaid.

    Raises `IllegalMoveError` where nothing is to be paid.
    """
    is_payable_at_desk = booking.status in PAYABLE_AT_DESK and _unpaid(booking) > 0
    if is_payable_at_desk and await paying.find_payable(session, booking=booking) is None:
        return _due(booking, booking, booking.ends_at)
    return await get_due(session, booking=booking)


def _unpaid(booking: Booking) -> int:
    return booking.total_amount - booking.settled_amount


async def confirm_paid(session: AsyncSession, *, booking_id: int, amount: int) -> PaymentOutcome:
    """Applies a payment of `amount` minor units that a gateway has captured, or that staff has taken.

    Only exactly what is owed is taken. A hold that has ended is revived while its time, or seats, are free and to
    come. Locks the booking, then like `calendars.claim`, or the event.
    """
    booking = await repository.find_locked(session, booking_id)
    if booking is None:
        raise BookingNotFoundError
    if booking.status in PAYABLE_AT_DESK:
        return await _pay_confirmed(session, booking, amount)
    if booking.status not in {BookingStatus.PENDING, BookingStatus.EXPIRED} or amount != _unpaid(booking):
        return PaymentOutcome.TOO_LATE
    if not await companies.stays_open(session, company_id=booking.company_id):
        return PaymentOutcome.TOO_LATE
    if not await holdings.secure(session, booking):
        return PaymentOutcome.TOO_LATE
    await repository.record_move(
        session,
        booking=booking,
        to_status=BookingStatus.CONFIRMED,
        actor=Actor.SYSTEM,
        actor_id=None,
        reason="paid",
        paid_amount=booking.paid_amount + amount,
    )
    await events.publish(session, BookingConfirmed(booking_id=booking.id))
    return PaymentOutcome.CONFIRMED


async def _pay_confirmed(session: AsyncSession, booking: Booking, amount: int) -> PaymentOutcome:
    """For a dearer time, which is the booking's then; or for what was booked unpaid at the desk."""
    if await paying.take_payment(session, booking=booking, amount=amount):
        return PaymentOutcome.CONFIRMED
    if 0 < amount == _unpaid(booking):
        await repository.change(session, booking=booking, paid_amount=booking.paid_amount + amount)
        return PaymentOutcome.CONFIRMED
    return PaymentOutcome.TOO_LATE


async def prolong_hold(
    session: AsyncSession, *, booking_id: int, step: timedelta, longest: timedelta
) -> datetime | None:
    """Keeps a live hold for another `step` while a payment is being decided, `longest` after it was made at most.

    The same for the dearer time that a booking waits to be moved to. Never beyond the start of the booking. Until
    when it holds now; None when it doesn't. Locks the booking.
    """
    booking = await repository.find_locked(session, booking_id)
    if booking is not None and booking.status is BookingStatus.CONFIRMED:
        return await paying.prolong(session, booking=booking, step=step, longest=longest)
    if booking is None or booking.status is not BookingStatus.PENDING or booking.expires_at is None:
        return None
    latest = min(booking.created_at + longest, booking.starts_at)
    if min(await repository.get_clock(session) + step, latest) <= booking.expires_at:
        return booking.expires_at
    held_until = await holdings.prolong(session, booking, hold=step, latest=latest)
    if held_until is not None:
        booking.expires_at = held_until
        await session.flush()
    return held_until


async def give_back(session: AsyncSession, *, booking_id: int, amount: int) -> None:
    """So much of what was paid goes back beside what was agreed; the database keeps what a cancellation has promised.

    Locks the booking.
    """
    booking = await repository.find_locked(session, booking_id)
    if booking is None:
        raise BookingNotFoundError
    await repository.change(session, booking=booking, returned_amount=booking.returned_amount + amount)
