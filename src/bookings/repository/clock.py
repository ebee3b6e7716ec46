"""What the database's clock makes of bookings: what has lapsed, is over, is coming, or begins soon."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, case, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings.enums import HELD, BookingStatus
from src.bookings.models import Booking


def has_lapsed() -> ColumnElement[bool]:
    """A hold whose time is over, by the database's clock, whether or not it has been swept."""
    return Booking.status.in_(HELD) & (Booking.expires_at <= func.clock_timestamp())


def status_now() -> ColumnElement[BookingStatus]:
    return case((has_lapsed(), BookingStatus.EXPIRED), else_=Booking.status)


def is_coming() -> ColumnElement[bool]:
    """Held or confirmed, and not over."""
    is_held = status_now().in_((*HELD, BookingStatus.CONFIRMED))
    return is_held & (Booking.ends_at > func.clock_timestamp())


async def get_status_now(session: AsyncSession, booking_id: int) -> BookingStatus:
    status = await session.scalar(select(status_now()).where(Booking.id == booking_id))
    assert status is not None
    return status


async def get_clock(session: AsyncSession) -> datetime:
    """The database's, which decides what has begun or ended."""
    clock: ColumnElement[datetime] = func.clock_timestamp()
    return (await session.scalars(select(clock))).one()


async def lapsed_holds(
    session: AsyncSession, *, limit: int, event_id: int | None = None
) -> Sequence[Booking]:
    """Locks them; those that somebody else is working on are skipped."""
    holds = select(Booking).where(has_lapsed()).order_by(Booking.expires_at).limit(limit)
    if event_id is not None:
        holds = holds.where(Booking.event_id == event_id)
    return (await session.scalars(holds.with_for_update(skip_locked=True))).all()


async def ended_bookings(session: AsyncSession, *, limit: int) -> Sequence[Booking]:
    """Confirmed ones whose time is over. Locks them; those that somebody else is working on are skipped."""
    is_over = (Booking.status == BookingStatus.CONFIRMED) & (Booking.ends_at <= func.clock_timestamp())
    over = select(Booking).where(is_over).order_by(Booking.ends_at).limit(limit)
    return (await session.scalars(over.with_for_update(skip_locked=True))).all()


async def mark_reminded(session: AsyncSession, *, before: timedelta, limit: int) -> Sequence[int]:
    """Ids of confirmed ones that begin within that time, were made earlier, and have no mark for their start yet.

    Locks and marks them; those that somebody else is working on are skipped.
    """
    now = func.clock_timestamp()
    due = (
        select(Booking.id)
        .where(
            Booking.status == BookingStatus.CONFIRMED,
            Booking.reminded_for.is_distinct_from(Booking.starts_at),
            Booking.starts_at > now,
            Booking.starts_at <= now + before,
            Booking.created_at < Booking.starts_at - before,
        )
        .order_by(Booking.starts_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    marked = (
        update(Booking)
        .where(Booking.id.in_(due.scalar_subquery()))
        # The booking itself is as it was.
        .values(reminded_for=Booking.starts_at, updated_at=Booking.updated_at)
    )
    return (await session.scalars(marked.returning(Booking.id))).all()
