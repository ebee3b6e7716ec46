from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings.enums import HELD, BookingStatus
from src.bookings.models import Booking
from src.bookings.repository import status_now
from src.bookings.series.models import BookingSeries
from src.core.database import Transaction, driver


async def insert(session: Transaction, *, customer_id: int, rrule: str) -> int:
    series_id: int = await (await driver(session)).fetchval(
        "INSERT INTO booking_series (customer_id, rrule) VALUES ($1, $2) RETURNING id", customer_id, rrule
    )
    return series_id


async def find(session: AsyncSession, series_id: int) -> BookingSeries | None:
    return await session.get(BookingSeries, series_id)


async def list_cancellable(session: AsyncSession, series_id: int) -> Sequence[int]:
    """Held or confirmed, and yet to begin."""
    live = select(Booking.id).where(
        Booking.series_id == series_id,
        status_now().in_((*HELD, BookingStatus.CONFIRMED)),
        Booking.starts_at > func.clock_timestamp(),
    )
    return (await session.scalars(live.order_by(Booking.id))).all()
