from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings.rescheduling import repository
from src.bookings.rescheduling.models import BookingProposal
from src.bookings.rescheduling.schemas import ProposalRead, RescheduleRead
from src.bookings.schemas import BookingRead
from src.bookings.service.read import get_booking
from src.core.identity import Principal
from src.core.money import Money


async def read_outcome(session: AsyncSession, *, principal: Principal, booking_id: int) -> RescheduleRead:
    """The booking, and what is proposed for it. Raises `BookingNotFoundError`."""
    booking = await get_booking(session, principal=principal, booking_id=booking_id)
    proposal = await repository.find_live(session, booking_id)
    return RescheduleRead(booking=booking, proposal=as_read(proposal, booking) if proposal else None)


def as_read(proposal: BookingProposal, booking: BookingRead) -> ProposalRead:
    zone = ZoneInfo(booking.timezone)
    paid = booking.paid.amount - booking.refund.amount
    is_dearer = proposal.total_amount > booking.total.amount
    return ProposalRead(
        id=proposal.id,
        booking_id=proposal.booking_id,
        status=proposal.status,
        proposed_by=proposal.proposed_by,
        reason=proposal.reason,
        room_id=proposal.room_id,
        starts_at=proposal.starts_at.astimezone(zone),
        ends_at=proposal.ends_at.astimezone(zone),
        swap_with_id=proposal.swap_with_id,
        expires_at=proposal.expires_at,
        total=Money(amount=proposal.total_amount, currency=booking.total.currency),
        due=Money(amount=proposal.total_amount - paid if is_dearer else 0, currency=booking.total.currency),
    )
