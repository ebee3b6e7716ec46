"""When money of customers becomes money of owners: their booking has taken place, or can't any more."""

from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings.enums import BookingStatus
from src.bookings.models import Booking
from src.core.clock import utc_now
from src.payments import ledger, repository

OVER: Final = frozenset({BookingStatus.COMPLETED, BookingStatus.NO_SHOW, BookingStatus.CANCELLED})


async def earn(session: AsyncSession, *, booking_id: int) -> None:
    """What is left of a booking's charges is earned, as of its end, or of now for one that was cancelled.

    Safe to repeat, also before the booking is over. Locks the charges. A payment that still comes is earned with its
    capture.
    """
    booking = await session.get_one(Booking, booking_id, populate_existing=True)
    # Needs no lock of the booking: of what is over only a no-show can go on (docs/adr/0021), for a payout only from
    # its end on, and what goes back of it then is given up by everybody.
    if booking.status not in OVER:
        return
    for charge in await repository.list_unearned(session, booking_id):
        charge.earned_at = utc_now() if booking.status is BookingStatus.CANCELLED else booking.ends_at
        await session.flush()
        if charge.kept_amount:
            await ledger.post_earning(session, charge=charge)
