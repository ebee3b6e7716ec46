"""Asking for another time: the customer where the policy allows it, the owner as a proposal."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings import cancellation
from src.bookings import repository as bookings
from src.bookings.add_ons import service as add_ons
from src.bookings.add_ons.service import AddOn
from src.bookings.deadlines import Deadlines
from src.bookings.enums import Actor, BookingStatus
from src.bookings.events import RescheduleProposed
from src.bookings.exceptions import (
    IllegalMoveError,
    NothingChangesError,
    NotMovableError,
    OtherStudioError,
    ProposalOpenError,
    TooLateError,
)
from src.bookings.models import Booking
from src.bookings.rescheduling import closing, repository
from src.bookings.rescheduling.enums import ProposalStatus
from src.bookings.rescheduling.moving import Mover, NewTime, carry_out
from src.bookings.rescheduling.read import read_outcome
from src.bookings.rescheduling.schemas import RescheduleCreate, RescheduleRead
from src.bookings.service import access, holdings
from src.bookings.service.create import written
from src.calendars import service as calendars
from src.calendars.service import Move, Span
from src.core import events
from src.core.database import driver
from src.core.identity import Principal
from src.rooms import offers
from src.rooms import service as rooms
from src.rooms.enums import BookingMode
from src.rooms.offers import Offer
from src.teams.permissions import Permission


async def reschedule(
    session: AsyncSession,
    *,
    principal: Principal,
    booking_id: int,
    body: RescheduleCreate,
    deadlines: Deadlines,
    now: datetime,
) -> RescheduleRead:
    """Moves the booking, or holds the new time until somebody has agreed or paid (docs/adr/0021).

    Locks the booking, the room, then like `calendars.claim`. Raises `BookingNotFoundError`,
    `PermissionMissingError`, `BookingChangedError`, `IllegalMoveError`, `TooLateError`, `ProposalOpenError`,
    `RoomNotFoundError`, `OtherStudioError`, `NothingChangesError`, `NotMovableError`, `SlotTakenError`,
    `AddOnTakenError`, `ProfessionalNotWorkingError` and the room's rules.
    """
    booking, actor = await access.lock(
        session,
        principal=principal,
        booking_id=booking_id,
        permission=Permission.MANAGE_BOOKINGS,
        version=body.version,
    )
    await require_movable(session, booking, actor)
    await make_room(session, booking)
    offer = await rooms.get_kept_offer(await driver(session), room_id=body.room_id or booking.room_id)
    chosen = await add_ons.list_kept(session, [booking.id])
    to = _new_time(booking, offer, chosen, body, actor, now)
    await add_ons.check_working(await driver(session), chosen=chosen, offer=offer, span=to.span)
    waits_for = _what_it_waits_for(booking, actor, offer, to, now)
    if waits_for is None:
        await carry_out(session, booking=booking, to=to, by=Mover(actor, principal, body.reason))
    else:
        await _propose(session, booking, to, Mover(actor, principal, body.reason), waits_for, deadlines)
    return await read_outcome(session, principal=principal, booking_id=booking.id)


async def require_movable(session: AsyncSession, booking: Booking, actor: Actor) -> None:
    """Before it has begun: a confirmed booking of a room, or a customer's request. Raises those of `reschedule`.

    Seats move with their event only: another event, or another number of seats, is another thing at another price.
    """
    if booking.event_id is not None:
        raise NotMovableError
    status = await bookings.get_status_now(session, booking.id)
    is_request = status is BookingStatus.AWAITING_APPROVAL and actor is Actor.CUSTOMER
    if status is not BookingStatus.CONFIRMED and not is_request:
        raise IllegalMoveError(
            f"A booking that is {status.in_words} can't be moved to another time.", status_now=status
        )
    if booking.starts_at <= await bookings.get_clock(session):
        raise TooLateError


async def make_room(session: AsyncSession, booking: Booking) -> None:
    """One proposal at a time, not counting those whose time is up. Raises `ProposalOpenError`."""
    if await repository.find_live(session, booking.id) is not None:
        raise ProposalOpenError
    await closing.close_open(session, booking=booking, status=ProposalStatus.EXPIRED)


def _new_time(
    booking: Booking,
    offer: Offer,
    chosen: Sequence[AddOn],
    body: RescheduleCreate,
    actor: Actor,
    now: datetime,
) -> NewTime:
    if offer.address_id != booking.address_id:
        raise OtherStudioError
    span = offers.requested_span(offer, starts_at=body.starts_at, ends_at=body.ends_at)
    if (offer.room_id, span) == (booking.room_id, Span(booking.starts_at, booking.ends_at)):
        raise NothingChangesError
    if actor is Actor.CUSTOMER:
        offers.check_rules(offer, span, now=now)
    else:
        offers.check_length(offer, span)
        offers.check_not_past(span, now=now)
    return _priced(booking, offer, chosen, span, actor)


def _priced(booking: Booking, offer: Offer, chosen: Sequence[AddOn], span: Span, actor: Actor) -> NewTime:
    """The room at the price of today, what comes with it at the one that was agreed, each for the new length.

    What the owner asks for never costs more: the bill stays, unless the new one is lower.
    """
    quoted = offer.quote(span, [add_on.billed_for(span) for add_on in chosen])
    if actor is Actor.OWNER and quoted.total >= booking.total_amount:
        return with_bill_of(booking, room_id=offer.room_id, span=span)
    return NewTime(
        room_id=offer.room_id,
        span=span,
        total_amount=quoted.total,
        tax_amount=quoted.tax,
        platform_fee_amount=quoted.platform_fee,
        items=written(quoted),
    )


def with_bill_of(booking: Booking, *, room_id: int, span: Span) -> NewTime:
    return NewTime(
        room_id=room_id,
        span=span,
        total_amount=booking.total_amount,
        tax_amount=booking.tax_amount,
        platform_fee_amount=booking.platform_fee_amount,
        items=booking.items,
    )


def _what_it_waits_for(
    booking: Booking, actor: Actor, offer: Offer, to: NewTime, now: datetime
) -> ProposalStatus | None:
    """Guests have told the staff, and a request has yet to be approved anyway. Raises `TooLateError`."""
    if actor is Actor.OWNER:
        return ProposalStatus.WAITING_FOR_CONSENT if booking.customer_id is not None else None
    if booking.status is BookingStatus.AWAITING_APPROVAL:
        return None
    _require_free_move(booking, now)
    if offer.booking_mode is BookingMode.ON_REQUEST:
        return ProposalStatus.WAITING_FOR_CONSENT
    return ProposalStatus.WAITING_FOR_PAYMENT if to.total_amount > booking.total_amount else None


def _require_free_move(booking: Booking, now: datetime) -> None:
    """A customer may move what they could cancel for nothing: later, moving would be a way around the policy."""
    percent = cancellation.percent_at(
        cancellation.thaw(booking.cancellation_policy),
        starts_at=booking.starts_at,
        made_at=booking.created_at,
        now=now,
        actor=Actor.CUSTOMER,
    )
    if percent < cancellation.WHOLE:
        raise TooLateError("Too late to move it by yourself; ask the studio to propose another time.")


async def _propose(
    session: AsyncSession,
    booking: Booking,
    to: NewTime,
    by: Mover,
    waits_for: ProposalStatus,
    deadlines: Deadlines,
) -> None:
    assert by.principal is not None
    is_for_money = waits_for is ProposalStatus.WAITING_FOR_PAYMENT
    expires_at = await repository.deadline(
        session,
        deadlines.payment if is_for_money else deadlines.answer,
        latest=min(booking.starts_at, to.span.starts_at),
    )
    hold = expires_at - await bookings.get_clock(session)
    wishes = await holdings.list_wishes(session, booking, room_id=to.room_id, span=to.span)
    wanted = Move([booking.time_claim_id], wishes)
    async with add_ons.telling_which(session, moves=[wanted], booking_ids=[booking.id]):
        claim = await calendars.claim_beside(
            session, claim_id=booking.time_claim_id, wishes=wishes, hold=max(hold, timedelta(0))
        )
    proposal = await repository.add(
        session,
        booking_id=booking.id,
        status=waits_for,
        proposed_by=by.actor,
        proposed_by_id=by.principal.user_id,
        room_id=to.room_id,
        starts_at=to.span.starts_at,
        ends_at=to.span.ends_at,
        claim_id=claim.id if claim else None,
        expires_at=claim.expires_at if claim else expires_at,
        total_amount=to.total_amount,
        tax_amount=to.tax_amount,
        platform_fee_amount=to.platform_fee_amount,
        items=to.items,
        reason=by.reason,
    )
    await bookings.change(session, booking=booking)
    await events.publish(session, RescheduleProposed(proposal_id=proposal.id))
