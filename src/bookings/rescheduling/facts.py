from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings import repository as bookings
from src.bookings.exceptions import NoProposalError
from src.bookings.rescheduling import repository
from src.bookings.rescheduling.models import BookingProposal


async def mail_facts(session: AsyncSession, *, proposal_id: int) -> tuple[BookingProposal, dict[str, Any]]:
    """The proposal and what mails say about it, beside what they say of its booking."""
    proposal = await repository.find(session, proposal_id)
    found = await bookings.find_details(session, proposal.booking_id) if proposal else None
    if proposal is None or found is None:
        raise NoProposalError
    due = proposal.total_amount - found.Booking.settled_amount
    facts = {
        "new_starts": proposal.starts_at.isoformat(),
        "new_ends": proposal.ends_at.isoformat(),
        "answer_by": proposal.expires_at.isoformat(),
        "new_total": {"amount": proposal.total_amount, "currency": found.Booking.currency},
        "proposal_reason": proposal.reason,
        "proposal_answer": proposal.answer,
        "due": {"amount": max(due, 0), "currency": found.Booking.currency},
    }
    return proposal, facts
