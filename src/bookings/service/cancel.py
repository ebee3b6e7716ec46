from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings import policies, repository
from src.bookings.cancellation import RefundTier, refund_amount
from src.bookings.enums import Actor, BookingStatus
from src.bookings.events import BookingCancelled
from src.bookings.exceptions import BookingNotFoundError, IllegalMoveError
from src.bookings.lifecycle import check_move
from src.bookings.models import Booking
from src.bookings.schemas import BookingRead, CancellationCreate, CancellationPreview
from src.bookings.service.read import get_booking
from src.calendars import service as calendars
from src.core import events
from src.core.identity import Principal
from src.core.money import Money


async def cancel_booking(
    session: AsyncSession, *, principal: Principal, booking_id: int, body: CancellationCreate, now: datetime
) -> BookingRead:
    """Frees the time at once; the refund by the frozen policy follows in payments.

    Locks the booking. Raises `BookingNotFoundError`, `IllegalMoveError`.
    """
    booking, actor = await _locked(session, principal=principal, booking_id=booking_id)
    _refuse_when_over(booking, now)
    await repository.record_move(
        session,
        booking=booking,
        to_status=BookingStatus.CANCELLED,
        actor=actor,
        actor_id=principal.user_id,
        reason=body.reason,
        refund_amount=_refund(booking, actor, now),
    )
    await calendars.release(session, claim_id=booking.claim_id)
    await events.publish(session, BookingCancelled(booking_id=booking.id))
    return await get_booking(session, principal=principal, booking_id=booking.id)


async def preview_cancellation(
    session: AsyncSession, *, principal: Principal, booking_id: int, now: datetime
) -> CancellationPreview:
    """What cancelling at this moment would refund. Raises like `cancel_booking`."""
    found = await repository.find_visible(session, principal=principal, booking_id=booking_id)
    if found is None:
        raise BookingNotFoundError
    booking: Booking = found.Booking
    actor = await policies.actor_of(session, principal=principal, booking=booking)
    check_move(found.status_now, BookingStatus.CANCELLED, actor)
    _refuse_when_over(booking, now)
    return CancellationPreview(
        paid=Money(amount=booking.paid_amount, currency=booking.currency),
        refund=Money(amount=_refund(booking, actor, now), currency=booking.currency),
    )


async def _locked(session: AsyncSession, *, principal: Principal, booking_id: int) -> tuple[Booking, Actor]:
    booking = await repository.find_locked(session, booking_id)
    if booking is None:
        raise BookingNotFoundError
    actor = await policies.actor_of(session, principal=principal, booking=booking)
    has_lapsed = await repository.has_lapsed_now(session, booking.id)
    check_move(BookingStatus.EXPIRED if has_lapsed else booking.status, BookingStatus.CANCELLED, actor)
    return booking, actor


def _refuse_when_over(booking: Booking, now: datetime) -> None:
    if booking.ends_at <= now:
        raise IllegalMoveError("The booking is over.")


def _refund(booking: Booking, actor: Actor, now: datetime) -> int:
    policy = [RefundTier(**tier) for tier in booking.cancellation_policy]
    return refund_amount(policy, paid=booking.paid_amount, starts_at=booking.starts_at, now=now, actor=actor)
