"""Queries of bookings. The one that makes a booking is hand-written: booking and first move in one statement."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import orjson
from sqlalchemy import ColumnElement, Row, Select, case, exists, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from src.addresses.models import Address
from src.bookings.add_ons.models import BookingAddOn
from src.bookings.enums import HELD, Actor, BookingStatus
from src.bookings.models import Booking, BookingMove
from src.core.database import Transaction, driver
from src.core.identity import Principal
from src.rooms.models import Room
from src.teams import policies as teams
from src.teams.models import TeamMember
from src.teams.permissions import Permission

# Of the bookings that stand against something: enough to begin with.
MOST_NAMED = 100

# Waits for a company or a studio that is being closed or changed, in the order of their closing, and makes no booking
# in a closed one. Company, studio and room have to be as they were when the offer was read. Always has a row.
_INSERT = """
WITH verdict AS MATERIALIZED (
    SELECT refusal, refused_until FROM admit_hold($1, $2, $17, $18)
), same_company AS (
    SELECT id FROM companies WHERE id = $4 AND deactivated_at IS NULL AND revision = $21 FOR KEY SHARE
), same_studio AS (
    SELECT address.id FROM same_company, addresses AS address
    WHERE address.id = $3 AND address.revision = $20 FOR KEY SHARE OF address
), booking AS (
    INSERT INTO bookings (customer_id, room_id, address_id, company_id, claim_id, status, starts_at, ends_at,
                          expires_at, currency, total_amount, items, cancellation_policy, tax_amount,
                          platform_fee_amount, series_id)
    SELECT $1, room.id, same_studio.id, $4, $5, $16, $6, $7, $8, $9, $10, $11::text::jsonb,
           $12::text::jsonb, $13, $14, $19
    FROM verdict, rooms AS room, same_studio
    WHERE verdict.refusal IS NULL AND room.id = $2 AND room.revision = $15
    RETURNING id, created_at
), move AS (
    INSERT INTO booking_moves (booking_id, to_status, actor, actor_id)
    SELECT id, $16, 'customer', $1 FROM booking
)
SELECT verdict.refusal, verdict.refused_until, booking.id, booking.created_at, address.name AS address_name
FROM verdict JOIN addresses AS address ON address.id = $3 LEFT JOIN booking ON true
"""


async def insert_hold(
    session: Transaction,
    *,
    customer_id: int,
    room_id: int,
    room_revision: int,
    address_id: int,
    address_revision: int,
    company_id: int,
    company_revision: int,
    claim_id: int,
    status: BookingStatus,
    starts_at: datetime,
    ends_at: datetime,
    expires_at: datetime | None,
    currency: str,
    total_amount: int,
    tax_amount: int,
    platform_fee_amount: int,
    items: list[dict[str, Any]],
    cancellation_policy: list[dict[str, Any]],
    most_holds: int,
    most_expired: int,
    series_id: int | None,
) -> asyncpg.Record:
    """`refusal` says why the customer may not hold any more. The id is null also when the room, its studio or the
    company is of another revision by now, or the company is closed.
    """
    connection = await driver(session)
    return await connection.fetchrow(
        _INSERT,
        customer_id,
        room_id,
        address_id,
        company_id,
        claim_id,
        starts_at,
        ends_at,
        expires_at,
        currency,
        total_amount,
        orjson.dumps(items).decode(),
        orjson.dumps(cancellation_policy).decode(),
        tax_amount,
        platform_fee_amount,
        room_revision,
        status,
        most_holds,
        most_expired,
        series_id,
        address_revision,
        company_revision,
    )


def has_lapsed() -> ColumnElement[bool]:
    """A hold whose time is over, by the database's clock, whether or not it has been swept."""
    return Booking.status.in_(HELD) & (Booking.expires_at <= func.clock_timestamp())


def status_now() -> ColumnElement[BookingStatus]:
    return case((has_lapsed(), BookingStatus.EXPIRED), else_=Booking.status)


BookingRow = Row[Booking, BookingStatus, str, str, str]


def _rows() -> Select[Booking, BookingStatus, str, str, str]:
    """Bookings with what one has to know of their studios."""
    return (
        select(
            Booking,
            status_now().label("status_now"),
            Room.name.label("room_name"),
            Address.name.label("address_name"),
            Address.timezone.label("timezone"),
        )
        .join(Room, Room.id == Booking.room_id)
        .join(Address, Address.id == Booking.address_id)
    )


def visible_to(principal: Principal) -> Select[Booking, BookingStatus, str, str, str]:
    """One's own, those of the studios where one may read them, all for the platform's admins."""
    rows = _rows()
    if principal.is_admin:
        return rows
    is_theirs_to_read = teams.is_allowed(
        principal, Permission.READ_BOOKINGS, company_id=Booking.company_id, address_id=Booking.address_id
    )
    return rows.where(
        or_(Booking.customer_id == principal.user_id, is_theirs_to_read, _is_assigned(principal))
    )


def _is_assigned(principal: Principal) -> ColumnElement[bool]:
    """A professional reads what they are booked for, while they are of the team."""
    return exists().where(
        BookingAddOn.booking_id == Booking.id,
        BookingAddOn.member_id == TeamMember.id,
        TeamMember.user_id == principal.user_id,
        TeamMember.removed_at.is_(None),
    )


async def list_assigned(
    session: AsyncSession, *, principal: Principal, limit: int, offset: int
) -> tuple[Sequence[BookingRow], int]:
    """Held or confirmed and not over, in order of start, and how many there are."""
    conditions = _is_assigned(principal), _is_coming()
    assigned = _rows().where(*conditions).order_by(Booking.starts_at, Booking.id)
    total = await session.scalar(select(func.count(Booking.id)).where(*conditions))
    return (await session.execute(assigned.limit(limit).offset(offset))).all(), total or 0


async def find_visible(session: AsyncSession, *, principal: Principal, booking_id: int) -> BookingRow | None:
    found = visible_to(principal).where(Booking.id == booking_id).execution_options(populate_existing=True)
    return (await session.execute(found)).one_or_none()


async def list_own(
    session: AsyncSession, *, principal: Principal, series_id: int | None, limit: int, offset: int
) -> tuple[Sequence[BookingRow], int]:
    """The principal's own bookings, newest first, and how many there are."""
    is_own = Booking.customer_id == principal.user_id
    if series_id is not None:
        is_own &= Booking.series_id == series_id
    own = visible_to(principal).where(is_own).order_by(Booking.id.desc()).limit(limit).offset(offset)
    total = await session.scalar(select(func.count(Booking.id)).where(is_own))
    return (await session.execute(own)).all(), total or 0


async def list_of_customer(
    session: AsyncSession, *, user_id: int, limit: int, offset: int
) -> tuple[Sequence[BookingRow], int]:
    """Newest first, and how many there are."""
    total = await session.scalar(select(func.count(Booking.id)).where(Booking.customer_id == user_id))
    newest = _rows().where(Booking.customer_id == user_id).order_by(Booking.id.desc())
    return (await session.execute(newest.limit(limit).offset(offset))).all(), total or 0


async def list_all_of_customer(session: AsyncSession, user_id: int) -> Sequence[BookingRow]:
    return (await session.execute(_rows().where(Booking.customer_id == user_id).order_by(Booking.id))).all()


def _is_coming() -> ColumnElement[bool]:
    """Held or confirmed, and not over."""
    is_held = status_now().in_((*HELD, BookingStatus.CONFIRMED))
    return is_held & (Booking.ends_at > func.clock_timestamp())


async def list_coming_of_customer(session: AsyncSession, user_id: int) -> Sequence[int]:
    coming = select(Booking.id).where(Booking.customer_id == user_id, _is_coming())
    return (await session.scalars(coming.order_by(Booking.id))).all()


async def list_coming_at_address(session: AsyncSession, address_id: int) -> Sequence[int]:
    coming = select(Booking.id).where(Booking.address_id == address_id, _is_coming())
    return (await session.scalars(coming.order_by(Booking.id))).all()


async def list_companies_with_coming(session: AsyncSession, company_ids: Sequence[int]) -> Sequence[int]:
    coming = select(Booking.company_id).distinct().where(Booking.company_id.in_(company_ids), _is_coming())
    return (await session.scalars(coming.order_by(Booking.company_id))).all()


async def list_coming_of_company(session: AsyncSession, company_id: int) -> Sequence[int]:
    coming = select(Booking.id).where(Booking.company_id == company_id, _is_coming())
    return (await session.scalars(coming.order_by(Booking.starts_at).limit(MOST_NAMED))).all()


async def find_locked(session: AsyncSession, booking_id: int) -> Booking | None:
    """Locks the row for the rest of the transaction and reads it afresh."""
    return await session.get(Booking, booking_id, with_for_update=True, populate_existing=True)


async def find_both_locked(session: AsyncSession, one_id: int, other_id: int) -> Sequence[Booking]:
    """The same of two, in order of their ids whatever the order of the arguments."""
    found = [await find_locked(session, booking_id) for booking_id in sorted({one_id, other_id})]
    return [booking for booking in found if booking is not None]


async def get_status_now(session: AsyncSession, booking_id: int) -> BookingStatus:
    status = await session.scalar(select(status_now()).where(Booking.id == booking_id))
    assert status is not None
    return status


async def get_clock(session: AsyncSession) -> datetime:
    """The database's, which decides what has begun or ended."""
    clock: ColumnElement[datetime] = func.clock_timestamp()
    return (await session.scalars(select(clock))).one()


async def find_details(session: AsyncSession, booking_id: int) -> Row[Booking, Room, Address] | None:
    """Booking, room, address: what a mail needs."""
    details = (
        select(Booking, Room, Address)
        .join(Room, Room.id == Booking.room_id)
        .join(Address, Address.id == Booking.address_id)
        .where(Booking.id == booking_id)
    )
    return (await session.execute(details)).one_or_none()


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


async def get_last_reason(session: AsyncSession, booking_id: int) -> str:
    """What was said with the latest move."""
    latest = select(BookingMove.reason).where(BookingMove.booking_id == booking_id)
    return (await session.scalars(latest.order_by(BookingMove.id.desc()).limit(1))).one()


async def get_last_moved_at(session: AsyncSession, booking_id: int) -> datetime:
    latest = select(BookingMove.created_at).where(BookingMove.booking_id == booking_id)
    return (await session.scalars(latest.order_by(BookingMove.id.desc()).limit(1))).one()


async def list_moves(session: AsyncSession, booking_id: int) -> Sequence[BookingMove]:
    moves = select(BookingMove).where(BookingMove.booking_id == booking_id).order_by(BookingMove.id)
    return (await session.scalars(moves)).all()


async def has_booked_with(session: AsyncSession, *, customer_id: int, company_id: int) -> bool:
    known = select(Booking.id).where(Booking.customer_id == customer_id, Booking.company_id == company_id)
    return await session.scalar(known.limit(1)) is not None


async def insert_confirmed(session: AsyncSession, booking: Booking) -> Booking:
    session.add(booking)
    await session.flush()
    return booking


async def record_making(
    session: AsyncSession, *, booking: Booking, actor: Actor, actor_id: int, reason: str
) -> None:
    """The first move of a booking that isn't a hold."""
    made = insert(BookingMove).values(
        booking_id=booking.id, to_status=booking.status, actor=actor, actor_id=actor_id, reason=reason
    )
    await session.execute(made)


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
