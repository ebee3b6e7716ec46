"""Accepting and declining another time. What is swapped is decided with both bookings locked."""

from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings import repository as bookings
from src.bookings.deadlines import Deadlines
from src.bookings.enums import Actor
from src.bookings.events import RescheduleProposed
from src.bookings.exceptions import IllegalMoveError, NoProposalError
from src.bookings.models import Booking
from src.bookings.rescheduling import closing, repository, swapping
from src.bookings.rescheduling.enums import ProposalStatus
from src.bookings.rescheduling.models import BookingProposal
from src.bookings.rescheduling.moving import Mover, NewTime, carry_out
from src.bookings.rescheduling.read import read_outcome
from src.bookings.rescheduling.schemas import AnswerCreate, RescheduleRead
from src.bookings.schemas import BookingRead
from src.bookings.service import access
from src.bookings.service.read import get_booking
from src.calendars import service as calendars
from src.core import events
from src.core.identity import Principal
from src.teams.permissions import Permission


async def accept(
    session: AsyncSession,
    *,
    principal: Principal,
    booking_id: int,
    body: AnswerCreate,
    deadlines: Deadlines,
) -> RescheduleRead:
    """By the side that was asked. A dearer time then waits for its payment, a swap for the other customer.

    Raises `BookingNotFoundError`, `PermissionMissingError`, `BookingChangedError`, `NoProposalError`,
    `IllegalMoveError`, `SlotTakenError`, `AddOnTakenError`.
    """
    booking, actor, proposal = await _lock(session, principal, booking_id, body.version)
    if proposal.status is not ProposalStatus.WAITING_FOR_CONSENT:
        raise IllegalMoveError("It is agreed already, and waits for the payment or for the other side.")
    if proposal.proposed_by is actor:
        raise IllegalMoveError("It is for the other side to accept what you have proposed.")
    by = Mover(actor, principal, body.reason or proposal.reason)
    if proposal.swap_with_id is not None:
        await swapping.agree(session, booking=booking, proposal=proposal, by=by)
    elif proposal.total_amount > booking.total_amount:
        await _wait_for_payment(session, booking, proposal, deadlines)
    else:
        await carry_out(session, booking=booking, to=NewTime.of(proposal), by=by, held=proposal.claim_id)
        await repository.set_status(session, proposal, ProposalStatus.DONE)
    return await read_outcome(session, principal=principal, booking_id=booking.id)


async def decline(
    session: AsyncSession, *, principal: Principal, booking_id: int, body: AnswerCreate
) -> BookingRead:
    """By either side: who has proposed it withdraws it. The booking stays as it was. Raises like `accept`."""
    booking, _, _ = await _lock(session, principal, booking_id, body.version)
    await closing.close_open(session, booking=booking, answer=body.reason)
    await bookings.change(session, booking=booking)
    return await get_booking(session, principal=principal, booking_id=booking.id)


async def _lock(
    session: AsyncSession, principal: Principal, booking_id: int, version: int | None
) -> tuple[Booking, Actor, BookingProposal]:
    """The bookings of a swap are locked in order of their ids, so the proposal is looked at before."""
    seen = await repository.find_live(session, booking_id)
    if seen is not None and seen.swap_with_id is not None:
        await bookings.find_both_locked(session, booking_id, seen.swap_with_id)
    booking, actor = await access.lock(
        session,
        principal=principal,
        booking_id=booking_id,
        permission=Permission.MANAGE_BOOKINGS,
        version=version,
    )
    proposal = await repository.find_live(session, booking.id)
    if proposal is None or (seen is not None and seen.id != proposal.id):
        raise NoProposalError
    return booking, actor, proposal


async def _wait_for_payment(
    session: AsyncSession, booking: Booking, proposal: BookingProposal, deadlines: Deadlines
) -> None:
    latest = min(booking.starts_at, proposal.starts_at)
    expires_at = await repository.deadline(session, deadlines.payment, latest=latest)
    if proposal.claim_id is not None:
        held_until = await calendars.extend(
            session, claim_id=proposal.claim_id, hold=deadlines.payment, latest=latest
        )
        if held_until is None:
            raise NoProposalError
        expires_at = held_until
    proposal.expires_at = expires_at
    await repository.set_status(session, proposal, ProposalStatus.WAITING_FOR_PAYMENT)
    await bookings.change(session, booking=booking)
    await events.publish(session, RescheduleProposed(proposal_id=proposal.id))
