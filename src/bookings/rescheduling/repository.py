from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings.enums import Actor
from src.bookings.models import Booking, BookingMove
from src.bookings.rescheduling.enums import OPEN, ProposalStatus
from src.bookings.rescheduling.models import BookingProposal


def _is_live() -> ColumnElement[bool]:
    return BookingProposal.status.in_(OPEN) & (BookingProposal.expires_at > func.clock_timestamp())


async def find_live(session: AsyncSession, booking_id: int) -> BookingProposal | None:
    """Whoever means to change it has locked the booking."""
    live = select(BookingProposal).where(BookingProposal.booking_id == booking_id, _is_live())
    return (await session.scalars(live.execution_options(populate_existing=True))).one_or_none()


async def find(session: AsyncSession, proposal_id: int) -> BookingProposal | None:
    return await session.get(BookingProposal, proposal_id)


async def list_open(session: AsyncSession, booking_id: int) -> Sequence[BookingProposal]:
    """The open proposal of a booking, also when its time is up, and with it that of a swap's other side."""
    concerned = or_(BookingProposal.booking_id == booking_id, BookingProposal.swap_with_id == booking_id)
    found = select(BookingProposal).where(BookingProposal.status.in_(OPEN), concerned)
    found = found.order_by(BookingProposal.id).with_for_update()
    return (await session.scalars(found.execution_options(populate_existing=True))).all()


async def list_lapsed_bookings(session: AsyncSession, *, limit: int) -> Sequence[Booking]:
    """Bookings with a proposal whose time is up. Locks them; those that somebody works on are skipped."""
    is_up = BookingProposal.status.in_(OPEN) & (BookingProposal.expires_at <= func.clock_timestamp())
    due = select(BookingProposal.booking_id).where(is_up).order_by(BookingProposal.expires_at).limit(limit)
    bookings = select(Booking).where(Booking.id.in_(due)).order_by(Booking.id)
    return (await session.scalars(bookings.with_for_update(skip_locked=True))).all()


async def add(session: AsyncSession, **values: Any) -> BookingProposal:
    proposal = BookingProposal(**values)
    session.add(proposal)
    await session.flush()
    return proposal


async def set_status(session: AsyncSession, proposal: BookingProposal, status: ProposalStatus) -> None:
    proposal.status = status
    await session.flush()


async def deadline(session: AsyncSession, after: timedelta, *, latest: datetime) -> datetime:
    """That long from now by the database's clock, but not past `latest`."""
    wanted: ColumnElement[datetime] = func.least(func.clock_timestamp() + after, latest)
    return (await session.scalars(select(wanted))).one()


async def record_rescheduling(
    session: AsyncSession,
    *,
    booking: Booking,
    actor: Actor,
    actor_id: int | None,
    reason: str,
    changes: dict[str, tuple[Any, Any]],
) -> None:
    """A move that keeps the status."""
    await session.execute(
        insert(BookingMove).values(
            booking_id=booking.id,
            from_status=booking.status,
            to_status=booking.status,
            actor=actor,
            actor_id=actor_id,
            reason=reason,
            changes={field: list(values) for field, values in changes.items()},
        )
    )
