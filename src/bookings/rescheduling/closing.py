"""Proposals that come to nothing."""

from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings import repository as bookings
from src.bookings.events import RescheduleClosed
from src.bookings.models import Booking
from src.bookings.rescheduling import repository
from src.bookings.rescheduling.enums import ProposalStatus
from src.calendars import service as calendars
from src.core import events

BATCH = 200


async def close_open(
    session: AsyncSession,
    *,
    booking: Booking,
    status: ProposalStatus = ProposalStatus.DECLINED,
    answer: str = "",
) -> bool:
    """Ends what is proposed for a locked booking, and with it the other side of a swap; tells who proposed it.

    False when there is nothing.
    """
    proposals = await repository.list_open(session, booking.id)
    for proposal in proposals:
        proposal.answer = answer
        await repository.set_status(session, proposal, status)
        if proposal.claim_id is not None:
            await calendars.release(session, claim_id=proposal.claim_id)
        await events.publish(session, RescheduleClosed(proposal_id=proposal.id))
    return bool(proposals)


async def expire_proposals(session: AsyncSession) -> int:
    """Marks proposals whose time is up; returns how many bookings had one. What they held was free already."""
    lapsed = await repository.list_lapsed_bookings(session, limit=BATCH)
    for booking in lapsed:
        await close_open(session, booking=booking, status=ProposalStatus.EXPIRED)
        await bookings.change(session, booking=booking)
    return len(lapsed)
