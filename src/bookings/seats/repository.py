from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import asyncpg
from sqlalchemy import Row, Select, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings.enums import HELD, BookingStatus
from src.bookings.models import Booking
from src.core.database import driver
from src.users.models import User

ATTENDING = (BookingStatus.CONFIRMED, BookingStatus.COMPLETED, BookingStatus.NO_SHOW)

AttendeeRow = Row[Booking, User]


async def admit(
    session: AsyncSession, *, customer_id: int, room_id: int, most_holds: int, most_expired: int
) -> asyncpg.Record:
    """The verdict on one more hold: `src/bookings/admit_hold.sql`."""
    verdict = await (await driver(session)).fetchrow(
        "SELECT refusal, refused_until FROM admit_hold($1, $2, $3, $4)",
        customer_id,
        room_id,
        most_holds,
        most_expired,
    )
    assert verdict is not None
    return verdict


async def deadline(session: AsyncSession, hold: timedelta, *, latest: datetime) -> datetime:
    clock: datetime = await session.scalar(select(func.clock_timestamp()))  # type: ignore[assignment]
    return min(clock + hold, latest)


async def insert(session: AsyncSession, **values: Any) -> Booking:
    booking = Booking(**values)
    session.add(booking)
    await session.flush()
    return booking


def _attendees(event_id: int) -> Select[Booking, User]:
    return (
        select(Booking, User)
        .join(User, User.id == Booking.customer_id)
        .where(Booking.event_id == event_id, Booking.status.in_(ATTENDING))
    )


async def list_attendees(
    session: AsyncSession, event_id: int, *, limit: int | None = None, offset: int = 0
) -> tuple[Sequence[AttendeeRow], int]:
    """In order of their bookings, and how many there are."""
    everybody = _attendees(event_id)
    total = await session.scalar(select(func.count()).select_from(everybody.subquery()))
    page = everybody.order_by(Booking.id).limit(limit).offset(offset)
    return (await session.execute(page)).all(), total or 0


async def check_in(session: AsyncSession, *, event_id: int, booking_id: int) -> AttendeeRow | None:
    """Once: the first time stays. None for who has no seat; nothing happens to who was missed."""
    arrived = update(Booking).where(
        Booking.id == booking_id,
        Booking.event_id == event_id,
        Booking.status.in_((BookingStatus.CONFIRMED, BookingStatus.COMPLETED)),
        Booking.checked_in_at.is_(None),
    )
    await session.execute(
        arrived.values(checked_in_at=func.now()).execution_options(synchronize_session=False)
    )
    found = _attendees(event_id).where(Booking.id == booking_id).execution_options(populate_existing=True)
    return (await session.execute(found)).one_or_none()


async def find_attendee_locked(
    session: AsyncSession, *, event_id: int, booking_id: int
) -> AttendeeRow | None:
    found = _attendees(event_id).where(Booking.id == booking_id).with_for_update(of=Booking)
    return (await session.execute(found.execution_options(populate_existing=True))).one_or_none()


async def list_live_locked(session: AsyncSession, event_id: int, *, limit: int) -> Sequence[Booking]:
    """Held or confirmed; locks them in order of their ids."""
    live = select(Booking).where(
        Booking.event_id == event_id, Booking.status.in_((*HELD, BookingStatus.CONFIRMED))
    )
    locked = live.order_by(Booking.id).limit(limit).with_for_update()
    return (await session.scalars(locked, execution_options={"populate_existing": True})).all()
