from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings.events import (
    BookingCancelled,
    BookingCompleted,
    BookingConfirmed,
    BookingNoShow,
    BookingRescheduled,
    HoldExpired,
    RescheduleClosed,
)
from src.bookings.rescheduling.models import BookingProposal
from src.payments import service


async def refund_cancelled_booking(session: AsyncSession, event: BookingCancelled) -> None:
    """What doesn't go back is the owner's."""
    await service.refund_cancelled_booking(session, booking_id=event.booking_id)
    await service.earn(session, booking_id=event.booking_id)


async def earn_completed(session: AsyncSession, event: BookingCompleted) -> None:
    await service.earn(session, booking_id=event.booking_id)


async def earn_of_no_show(session: AsyncSession, event: BookingNoShow) -> None:
    await service.earn(session, booking_id=event.booking_id)


async def refund_difference(session: AsyncSession, event: BookingRescheduled) -> None:
    await service.refund_cancelled_booking(session, booking_id=event.booking_id)


# What their pages were for is past: a worker closes those that are still open.


async def close_checkouts_of_confirmed(session: AsyncSession, event: BookingConfirmed) -> None:
    await service.ask_about(session, booking_id=event.booking_id)


async def close_checkouts_of_cancelled(session: AsyncSession, event: BookingCancelled) -> None:
    await service.ask_about(session, booking_id=event.booking_id)


async def close_checkouts_of_expired(session: AsyncSession, event: HoldExpired) -> None:
    await service.ask_about(session, booking_id=event.booking_id)


async def close_checkouts_of_rescheduled(session: AsyncSession, event: BookingRescheduled) -> None:
    await service.ask_about(session, booking_id=event.booking_id)


async def close_checkouts_of_closed_proposal(session: AsyncSession, event: RescheduleClosed) -> None:
    proposal = await session.get_one(BookingProposal, event.proposal_id)
    await service.ask_about(session, booking_id=proposal.booking_id)
