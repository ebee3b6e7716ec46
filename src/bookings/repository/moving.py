"""A booking that is locked, moved and changed, and the history of its moves."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings.enums import Actor, BookingStatus
from src.bookings.models import Booking, BookingMove


async def find_locked(session: AsyncSession, booking_id: int) -> Booking | None:
    """Locks the row for the rest of the transaction and reads it afresh."""
    return await session.get(Booking, booking_id, with_for_update=True, populate_existing=True)


async def find_both_locked(session: AsyncSession, one_id: int, other_id: int) -> Sequence[Booking]:
    """The same of two, in order of their ids whatever the order of the arguments."""
    found = [await find_locked(session, booking_id) for booking_id in sorted({one_id, other_id})]
    return [booking for booking in found if booking is not None]


async def record_move(
    session: AsyncSession,
    *,
    booking: Booking,
    to_status: BookingStatus,
    actor: Actor,
    actor_id: int | None,
    reason: str,
    **values: Any,
) -> None:
    """Moves a locked booking and writes down who did it."""
    await session.execute(
        insert(BookingMove).values(
            booking_id=booking.id,
            from_status=booking.status,
            to_status=to_status,
            actor=actor,
            actor_id=actor_id,
            reason=reason,
        )
    )
    await change(session, booking=booking, status=to_status, **values)


async def change(session: AsyncSession, *, booking: Booking, **values: Any) -> None:
    """Changes a locked booking: it is of a new version then."""
    changed = update(Booking).where(Booking.id == booking.id).values(version=booking.version + 1, **values)
    await session.execute(changed.execution_options(synchronize_session="fetch"))


async def list_moves(session: AsyncSession, booking_id: int) -> Sequence[BookingMove]:
    moves = select(BookingMove).where(BookingMove.booking_id == booking_id).order_by(BookingMove.id)
    return (await session.scalars(moves)).all()


async def get_last_reason(session: AsyncSession, booking_id: int) -> str:
    """What was said with the latest move."""
    latest = select(BookingMove.reason).where(BookingMove.booking_id == booking_id)
    return (await session.scalars(latest.order_by(BookingMove.id.desc()).limit(1))).one()


async def get_last_moved_at(session: AsyncSession, booking_id: int) -> datetime:
    latest = select(BookingMove.created_at).where(BookingMove.booking_id == booking_id)
    return (await session.scalars(latest.order_by(BookingMove.id.desc()).limit(1))).one()
