"""Two bookings of a studio trade places, in one step, once both customers have agreed; bills stay as they are."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings import policies
from src.bookings import repository as bookings
from src.bookings.add_ons import service as add_ons
from src.bookings.deadlines import Deadlines
from src.bookings.enums import Actor
from src.bookings.events import RescheduleProposed
from src.bookings.exceptions import BookingNotFoundError, OtherStudioError
from src.bookings.models import Booking
from src.bookings.rescheduling import proposing, repository
from src.bookings.rescheduling.enums import ProposalStatus
from src.bookings.rescheduling.models import BookingProposal
from src.bookings.rescheduling.moving import Mover, NewTime, plan_move, settle
from src.bookings.rescheduling.read import read_outcome
from src.bookings.rescheduling.schemas import SwapCreate, SwapRead
from src.calendars import service as calendars
from src.calendars.service import Span
from src.core import events
from src.core.database import driver
from src.core.identity import Principal
from src.rooms import service as rooms
from src.teams.permissions import Permission


async def propose_swap(
    session: AsyncSession, *, principal: Principal, body: SwapCreate, deadlines: Deadlines
) -> SwapRead:
    """Guests have told the staff; where both are guests it is done at once.

    Locks both bookings, in order of their ids. Raises `BookingNotFoundError`, `PermissionMissingError`,
    `OtherStudioError`, `IllegalMoveError`, `TooLateError`, `ProposalOpenError`, `NotMovableError`,
    `ProfessionalNotWorkingError`, `SlotTakenError`, `AddOnTakenError`.
    """
    both = await bookings.find_both_locked(session, body.booking_id, body.other_booking_id)
    for booking in both:
        await policies.require(
            session, principal=principal, booking=booking, permission=Permission.MANAGE_BOOKINGS
        )
    one, other = _pair(both)
    for booking in both:
        await proposing.require_movable(session, booking, Actor.OWNER)
        await proposing.make_room(session, booking)
    for booking, partner in ((one, other), (other, one)):
        await _check_working(session, booking, partner)
    expires_at = await repository.deadline(
        session, deadlines.answer, latest=min(one.starts_at, other.starts_at)
    )
    proposals = [
        await repository.add(
            session,
            booking_id=booking.id,
            status=ProposalStatus.WAITING_FOR_CONSENT if booking.customer_id else ProposalStatus.AGREED,
            proposed_by=Actor.OWNER,
            proposed_by_id=principal.user_id,
            room_id=partner.room_id,
            starts_at=partner.starts_at,
            ends_at=partner.ends_at,
            swap_with_id=partner.id,
            expires_at=expires_at,
            total_amount=booking.total_amount,
            tax_amount=booking.tax_amount,
            platform_fee_amount=booking.platform_fee_amount,
            items=booking.items,
            reason=body.reason,
        )
        for booking, partner in ((one, other), (other, one))
    ]
    for booking, proposal in zip((one, other), proposals, strict=True):
        await bookings.change(session, booking=booking)
        if proposal.status is ProposalStatus.WAITING_FOR_CONSENT:
            await events.publish(session, RescheduleProposed(proposal_id=proposal.id))
    await _swap_when_agreed(session, one, other, Mover(Actor.OWNER, principal, body.reason))
    outcomes = [await read_outcome(session, principal=principal, booking_id=each.id) for each in (one, other)]
    waiting = [outcome.proposal for outcome in outcomes if outcome.proposal is not None]
    return SwapRead(is_done=not waiting, proposals=waiting)


async def _check_working(session: AsyncSession, booking: Booking, partner: Booking) -> None:
    """Who comes with a booking works at the time of the other. Raises `ProfessionalNotWorkingError`."""
    chosen = await add_ons.list_kept(session, [booking.id])
    if not chosen:
        return
    connection = await driver(session)
    await add_ons.check_working(
        connection,
        chosen=chosen,
        offer=await rooms.get_any_offer(connection, room_id=partner.room_id),
        span=Span(partner.starts_at, partner.ends_at),
    )


async def agree(session: AsyncSession, *, booking: Booking, proposal: BookingProposal, by: Mover) -> None:
    """Of a locked booking, whose partner is locked too. Raises `SlotTakenError`, `AddOnTakenError`."""
    assert proposal.swap_with_id is not None
    await repository.set_status(session, proposal, ProposalStatus.AGREED)
    await bookings.change(session, booking=booking)
    partner = await bookings.find_locked(session, proposal.swap_with_id)
    assert partner is not None
    await _swap_when_agreed(session, booking, partner, by)


async def _swap_when_agreed(session: AsyncSession, one: Booking, other: Booking, by: Mover) -> None:
    proposals = [await repository.find_live(session, booking.id) for booking in (one, other)]
    if not all(proposal and proposal.status is ProposalStatus.AGREED for proposal in proposals):
        return
    targets = [_place_of(other, one), _place_of(one, other)]
    pairs = list(zip((one, other), targets, strict=True))
    plans = [await plan_move(session, booking=booking, to=to) for booking, to in pairs]
    async with add_ons.telling_which(session, moves=plans, booking_ids=[one.id, other.id]):
        claims = await calendars.move(session, *plans)
    for (booking, to), claim in zip(pairs, claims, strict=True):
        await settle(session, booking=booking, to=to, claim=claim, by=by)
    for proposal in proposals:
        if proposal is not None:
            await repository.set_status(session, proposal, ProposalStatus.DONE)


def _place_of(booking: Booking, mover: Booking) -> NewTime:
    span = Span(booking.starts_at, booking.ends_at)
    return proposing.with_bill_of(mover, room_id=booking.room_id, span=span)


def _pair(both: Sequence[Booking]) -> tuple[Booking, Booking]:
    if len(both) != 2:  # noqa: PLR2004
        raise BookingNotFoundError
    one, other = both
    if one.address_id != other.address_id:
        raise OtherStudioError
    return one, other
