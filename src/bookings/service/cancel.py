from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings import cancellation, policies, repository
from src.bookings.cancellation import Bill, Refund
from src.bookings.enums import Actor, BookingStatus
from src.bookings.events import BookingCancelled
from src.bookings.exceptions import BookingNotFoundError, IllegalMoveError
from src.bookings.lifecycle import check_move
from src.bookings.models import Booking
from src.bookings.rescheduling import closing
from src.bookings.schemas import (
    BookingRead,
    CancellationCreate,
    CancellationPreview,
    CancellationStep,
)
from src.bookings.service import access, holdings
from src.bookings.service.read import get_booking
from src.companies import audit
from src.core import events
from src.core.identity import Principal
from src.core.money import Money
from src.teams.permissions import Permission


async def cancel_booking(
    session: AsyncSession, *, principal: Principal, booking_id: int, body: CancellationCreate, now: datetime
) -> BookingRead:
    """Frees the time at once; the refund by the frozen policy follows in payments.

    Locks the booking. Raises `BookingNotFoundError`, `PermissionMissingError`, `BookingChangedError`,
    `IllegalMoveError`.
    """
    booking, actor = await access.lock(
        session,
        principal=principal,
        booking_id=booking_id,
        permission=Permission.CANCEL_BOOKINGS,
        version=body.version,
    )
    check_move(await repository.get_status_now(session, booking.id), BookingStatus.CANCELLED, actor)
    _refuse_when_over(booking, now)
    refund_amount = booking.refund_amount + refund(booking, actor, now).amount
    if actor is Actor.OWNER:
        await _record(session, principal, booking, refund_amount)
    await repository.record_move(
        session,
        booking=booking,
        to_status=BookingStatus.CANCELLED,
        actor=actor,
        actor_id=principal.user_id,
        reason=body.reason,
        refund_amount=refund_amount,
    )
    await holdings.release(session, booking)
    await closing.close_open(session, booking=booking)
    await events.publish(session, BookingCancelled(booking_id=booking.id))
    return await get_booking(session, principal=principal, booking_id=booking.id)


async def preview_cancellation(
    session: AsyncSession, *, principal: Principal, booking_id: int, now: datetime
) -> CancellationPreview:
    """What cancelling at this moment would refund, and until when. Raises like `cancel_booking`."""
    found = await repository.find_visible(session, principal=principal, booking_id=booking_id)
    if found is None:
        raise BookingNotFoundError
    booking: Booking = found.Booking
    actor = await policies.actor_of(session, principal=principal, booking=booking)
    check_move(found.status_now, BookingStatus.CANCELLED, actor)
    _refuse_when_over(booking, now)
    would_be = refund(booking, actor, now)

    def money(amount: int) -> Money:
        return Money(amount=amount, currency=booking.currency)

    return CancellationPreview(
        paid=money(would_be.amount + would_be.kept),
        refund=money(would_be.amount),
        refund_percent=would_be.percent,
        refund_tax=money(would_be.tax),
        kept=money(would_be.kept),
        kept_tax=money(would_be.kept_tax),
        steps=[
            CancellationStep(
                until=step.until,
                refund_percent=step.percent,
                refund=money(cancellation.refund(_bill(booking), step.percent).amount),
            )
            for step in _steps(booking, actor, now)
        ],
    )


def refund(booking: Booking, actor: Actor, now: datetime) -> Refund:
    """Of what is paid and not promised back already."""
    percent = cancellation.percent_at(
        cancellation.thaw(booking.cancellation_policy),
        starts_at=booking.starts_at,
        made_at=booking.created_at,
        now=now,
        actor=actor,
    )
    return cancellation.refund(_bill(booking), percent)


def _bill(booking: Booking) -> Bill:
    return Bill(
        total=booking.total_amount,
        tax=booking.tax_amount,
        fee=booking.platform_fee_amount,
        paid=booking.kept_amount,
    )


def _steps(booking: Booking, actor: Actor, now: datetime) -> list[cancellation.Step]:
    if actor is Actor.OWNER:
        return [cancellation.Step(booking.ends_at, cancellation.WHOLE)]
    return cancellation.steps(
        cancellation.thaw(booking.cancellation_policy),
        starts_at=booking.starts_at,
        made_at=booking.created_at,
        now=now,
    )


def _refuse_when_over(booking: Booking, now: datetime) -> None:
    if booking.ends_at <= now:
        raise IllegalMoveError("The booking is over.")


async def _record(session: AsyncSession, principal: Principal, booking: Booking, refund_amount: int) -> None:
    await audit.record(
        session,
        principal=principal,
        company_id=booking.company_id,
        action="booking.cancelled",
        subject_id=booking.id,
        changes={
            "status": (booking.status, BookingStatus.CANCELLED),
            "refund_amount": (booking.refund_amount, refund_amount),
        },
    )
