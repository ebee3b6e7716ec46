from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings.models import Booking


async def get_cutoff(session: AsyncSession, *, months: int) -> datetime:
    """That many calendar months ago, by the database's clock."""
    ago: ColumnElement[datetime] = func.clock_timestamp() - func.make_interval(0, months)
    return (await session.scalars(select(ago))).one()


async def list_of_known_guests(session: AsyncSession, *, before: datetime, limit: int) -> Sequence[Booking]:
    """What was over by then. Locks them; those that somebody else is working on are skipped."""
    known = select(Booking).where(Booking.guest_name != "", Booking.ends_at < before)
    oldest = known.order_by(Booking.ends_at).limit(limit)
    return (await session.scalars(oldest.with_for_update(skip_locked=True))).all()
