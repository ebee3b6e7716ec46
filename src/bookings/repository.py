"""Queries of bookings. The one that makes a booking is hand-written: booking and first move in one statement."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import asyncpg
import orjson
from sqlalchemy import ColumnElement, Row, Select, case, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from src.addresses.models import Address
from src.bookings.enums import Actor, BookingStatus
from src.bookings.models import Booking, BookingMove
from src.companies.models import CompanyAdmin
from src.core.database import Transaction, driver
from src.core.identity import Principal
from src.rooms.models import Room

_INSERT = """
WITH booking AS (
    INSERT INTO bookings (customer_id, room_id, address_id, company_id, claim_id, status, starts_at, ends_at,
                          expires_at, currency, total_amount, items, cancellation_policy)
    VALUES ($1, $2, $3, $4, $5, 'pending', $6, $7, $8, $9, $10, $11::text::jsonb, $12::text::jsonb)
    RETURNING id, created_at
), move AS (
    INSERT INTO booking_moves (booking_id, to_status, actor, actor_id)
    SELECT id, 'pending', 'customer', $1 FROM booking
)
SELECT booking.id, booking.created_at, address.name AS address_name
FROM booking JOIN addresses AS address ON address.id = $3
"""


async def insert_hold(
    session: Transaction,
    *,
    customer_id: int,
    room_id: int,
    address_id: int,
    company_id: int,
    claim_id: int,
    starts_at: datetime,
    ends_at: datetime,
    expires_at: datetime | None,
    currency: str,
    total_amount: int,
    items: list[dict[str, Any]],
    cancellation_policy: list[dict[str, int]],
) -> asyncpg.Record:
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
    )


def has_lapsed() -> ColumnElement[bool]:
    """A hold whose time is over, by the database's clock, whether or not it has been swept."""
    return (Booking.status == BookingStatus.PENDING) & (Booking.expires_at <= func.clock_timestamp())


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
    """One's own, those of one's companies, all for the platform's admins."""
    rows = _rows()
    if principal.is_admin:
        return rows
    administered = select(CompanyAdmin.company_id).where(CompanyAdmin.user_id == principal.user_id)
    return rows.where(or_(Booking.customer_id == principal.user_id, Booking.company_id.in_(administered)))


async def find_visible(session: AsyncSession, *, principal: Principal, booking_id: int) -> BookingRow | None:
    found = visible_to(principal).where(Booking.id == booking_id).execution_options(populate_existing=True)
    return (await session.execute(found)).one_or_none()


async def list_own(
    session: AsyncSession, *, principal: Principal, limit: int, offset: int
) -> tuple[Sequence[BookingRow], int]:
    """The principal's own bookings, newest first, and how many there are."""
    is_own = Booking.customer_id == principal.user_id
    own = visible_to(principal).where(is_own).order_by(Booking.id.desc()).limit(limit).offset(offset)
    total = await session.scalar(select(func.count(Booking.id)).where(is_own))
    return (await session.execute(own)).all(), total or 0


async def list_all_of_customer(session: AsyncSession, user_id: int) -> Sequence[BookingRow]:
    return (await session.execute(_rows().where(Booking.customer_id == user_id).order_by(Booking.id))).all()


def _is_coming() -> ColumnElement[bool]:
    """Held or confirmed, and not over."""
    is_held = status_now().in_((BookingStatus.PENDING, BookingStatus.CONFIRMED))
    return is_held & (Booking.ends_at > func.clock_timestamp())


async def list_coming_of_customer(session: AsyncSession, user_id: int) -> Sequence[int]:
    coming = select(Booking.id).where(Booking.customer_id == user_id, _is_coming())
    return (await session.scalars(coming.order_by(Booking.id))).all()


async def list_companies_with_coming(session: AsyncSession, company_ids: Sequence[int]) -> Sequence[int]:
    coming = select(Booking.company_id).distinct().where(Booking.company_id.in_(company_ids), _is_coming())
    return (await session.scalars(coming.order_by(Booking.company_id))).all()


async def find_locked(session: AsyncSession, booking_id: int) -> Booking | None:
    """Locks the row for the rest of the transaction and reads it afresh."""
    return await session.get(Booking, booking_id, with_for_update=True, populate_existing=True)


async def has_lapsed_now(session: AsyncSession, booking_id: int) -> bool:
    return bool(await session.scalar(select(has_lapsed()).where(Booking.id == booking_id)))


async def has_begun(session: AsyncSession, booking_id: int) -> bool:
    has_begun = Booking.starts_at <= func.clock_timestamp()
    return bool(await session.scalar(select(has_begun).where(Booking.id == booking_id)))


async def find_details(session: AsyncSession, booking_id: int) -> Row[Booking, Room, Address] | None:
    """Booking, room, address: what a mail needs."""
    details = (
        select(Booking, Room, Address)
        .join(Room, Room.id == Booking.room_id)
        .join(Address, Address.id == Booking.address_id)
        .where(Booking.id == booking_id)
    )
    return (await session.execute(details)).one_or_none()


async def lapsed_holds(session: AsyncSession, *, limit: int) -> Sequence[Booking]:
    """Locks them; those that somebody else is working on are skipped."""
    holds = select(Booking).where(has_lapsed()).order_by(Booking.expires_at).limit(limit)
    return (await session.scalars(holds.with_for_update(skip_locked=True))).all()


async def record_move(
    session: AsyncSession,
    *,
    booking: Booking,
    to_status: BookingStatus,
    actor: Actor,
    actor_id: int | None,
    reason: str,
    **changes: Any,
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
    moved = update(Booking).where(Booking.id == booking.id).values(status=to_status, **changes)
    await session.execute(moved.execution_options(synchronize_session="fetch"))
