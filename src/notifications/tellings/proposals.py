"""Who hears of another time that is proposed for a booking: who has to do something about it."""

from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings import service as bookings
from src.bookings.enums import Actor, BookingStatus
from src.bookings.events import RescheduleClosed, RescheduleProposed
from src.bookings.rescheduling.enums import ProposalStatus
from src.bookings.rescheduling.facts import mail_facts
from src.notifications.telling import News
from src.notifications.tellings.bookings import to_customer, to_studio


async def customer_who_pays(session: AsyncSession, event: RescheduleProposed) -> News | None:
    return await _proposed(session, event, is_payable=True)


async def customer_who_answers(session: AsyncSession, event: RescheduleProposed) -> News | None:
    return await _proposed(session, event, is_payable=False)


async def _proposed(session: AsyncSession, event: RescheduleProposed, *, is_payable: bool) -> News | None:
    proposal, facts = await mail_facts(session, proposal_id=event.proposal_id)
    if (proposal.status is ProposalStatus.WAITING_FOR_PAYMENT) is not is_payable:
        return None
    if not is_payable and proposal.proposed_by is not Actor.OWNER:
        return None
    cause = f"{proposal.id}:{proposal.status.value}"
    return await to_customer(session, proposal.booking_id, cause=cause, **facts)


async def studio_that_answers(session: AsyncSession, event: RescheduleProposed) -> News | None:
    proposal, facts = await mail_facts(session, proposal_id=event.proposal_id)
    if proposal.status is ProposalStatus.WAITING_FOR_PAYMENT or proposal.proposed_by is Actor.OWNER:
        return None
    cause = f"{proposal.id}:{proposal.status.value}"
    return await to_studio(session, proposal.booking_id, cause=cause, **facts)


async def studio_whose_is_closed(session: AsyncSession, event: RescheduleClosed) -> News | None:
    proposal, facts = await mail_facts(session, proposal_id=event.proposal_id)
    if proposal.proposed_by is not Actor.OWNER or not await _goes_on(session, proposal.booking_id):
        return None
    return await to_studio(session, proposal.booking_id, cause=str(proposal.id), **facts)


async def customer_whose_is_closed(session: AsyncSession, event: RescheduleClosed) -> News | None:
    proposal, facts = await mail_facts(session, proposal_id=event.proposal_id)
    if proposal.proposed_by is Actor.OWNER or not await _goes_on(session, proposal.booking_id):
        return None
    return await to_customer(session, proposal.booking_id, cause=str(proposal.id), **facts)


async def _goes_on(session: AsyncSession, booking_id: int) -> bool:
    """Whoever has cancelled the booking knows that it won't move."""
    booking, _ = await bookings.mail_facts(session, booking_id=booking_id)
    return booking.status is BookingStatus.CONFIRMED
