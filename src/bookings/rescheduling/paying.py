"""A dearer time becomes the booking's when the difference is paid; never paid, and the old one stays."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings import repository as bookings
from src.bookings.add_ons.exceptions import AddOnTakenError
from src.bookings.enums import Actor
from src.bookings.models import Booking
from src.bookings.rescheduling import repository
from src.bookings.rescheduling.enums import ProposalStatus
from src.bookings.rescheduling.models import BookingProposal
from src.bookings.rescheduling.moving import Mover, NewTime, carry_out
from src.calendars import service as calendars
from src.calendars.exceptions import SlotTakenError


async def find_payable(session: AsyncSession, *, booking: Booking) -> BookingProposal | None:
    """What a locked booking waits to be moved to, as soon as it is paid."""
    proposal = await repository.find_live(session, booking.id)
    is_payable = proposal is not None and proposal.status is ProposalStatus.WAITING_FOR_PAYMENT
    return proposal if is_payable else None


async def prolong(
    session: AsyncSession, *, booking: Booking, step: timedelta, longest: timedelta
) -> datetime | None:
    """Keeps the dearer time for another `step`, `longest` after it was asked for at most, never past a start.

    Of a locked booking. Until when it is held now; None when it isn't.
    """
    proposal = await find_payable(session, booking=booking)
    if proposal is None:
        return None
    latest = min(proposal.created_at + longest, proposal.starts_at, booking.starts_at)
    held_until = await repository.deadline(session, step, latest=latest)
    if held_until <= proposal.expires_at:
        return proposal.expires_at
    if proposal.claim_id is not None:
        extended = await calendars.extend(session, claim_id=proposal.claim_id, hold=step, latest=latest)
        if extended is None:
            return None
        held_until = extended
    proposal.expires_at = held_until
    await session.flush()
    return held_until


async def take_payment(session: AsyncSession, *, booking: Booking, amount: int) -> bool:
    """Moves a locked booking if that is what the money is for; False, and nothing has changed, if not."""
    proposal = await find_payable(session, booking=booking)
    due = proposal.total_amount - booking.settled_amount if proposal else 0
    if proposal is None or amount != due:
        return False
    try:
        async with session.begin_nested():
            # First, so that the move does not take the money for too much.
            await bookings.change(session, booking=booking, paid_amount=booking.paid_amount + amount)
            await carry_out(
                session,
                booking=booking,
                to=NewTime.of(proposal),
                by=Mover(Actor.SYSTEM, None, "the difference is paid"),
                held=proposal.claim_id,
            )
            await repository.set_status(session, proposal, ProposalStatus.DONE)
    except (SlotTakenError, AddOnTakenError):
        await session.refresh(booking)
        return False
    return True
