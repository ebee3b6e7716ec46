"""Queries of the owner's views. Each is one statement, whatever the number of rooms and bookings."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, cast

import asyncpg
from sqlalchemy import ColumnElement, Row, Select, and_, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from src.addresses.models import Address
from src.bookings.models import Booking
from src.bookings.owners.schemas import BookingSort, CompanyBookingFilter
from src.bookings.repository import status_now
from src.calendars.models import LONGEST_OCCUPANCY_DAYS
from src.core.database import Rows
from src.core.identity import Principal
from src.rooms.models import Room
from src.teams import policies as teams
from src.teams.permissions import Permission
from src.users.models import User

# No zone is further from UTC: a bound that an index knows, in front of the exact one.
FURTHEST_ZONE = timedelta(hours=15)

_SORT_COLUMNS: dict[str, Any] = {
    "starts_at": Booking.starts_at,
    "created_at": Booking.created_at,
    "total": Booking.total_amount,
}

_CALENDAR = f"""
SELECT room.id AS room_id, room.name AS room_name, occupancy.kind, occupancy.starts_at, occupancy.ends_at,
       booking.id AS booking_id, booking.status, booking.room_id AS booked_room_id,
       booking.starts_at AS booking_starts_at, booking.ends_at AS booking_ends_at,
       booking.customer_id,
       concat_ws(' ', customer.firstname, customer.lastname, booking.guest_name) AS customer_name
FROM rooms AS room
LEFT JOIN occupancies AS occupancy ON occupancy.resource_id = room.resource_id
     AND occupancy.starts_at > $2::timestamptz - interval '{LONGEST_OCCUPANCY_DAYS} days'
     AND occupancy.starts_at < $3 AND occupancy.ends_at > $2
     AND (occupancy.expires_at IS NULL OR occupancy.expires_at > clock_timestamp())
LEFT JOIN bookings AS booking ON booking.claim_id = occupancy.claim_id
LEFT JOIN users AS customer ON customer.id = booking.customer_id
WHERE room.address_id = $1 AND (room.status = 'active' OR occupancy.id IS NOT NULL)
ORDER BY room.id, occupancy.starts_at, occupancy.id
"""  # noqa: S608 - a constant number

# A booking's minutes belong to the weeks they lie in, the rest of it to the week in which it starts. Seats take no
# time: their event does, sold or not. Weeks and the period are local: AT TIME ZONE turns a local midnight into the
# instant that it is.
_FIGURES = f"""
WITH sold AS (
    SELECT room_id, currency, starts_at, ends_at, true AS is_booking, status = 'cancelled' AS is_cancelled,
           event_id IS NULL AND status <> 'cancelled' AS takes_time,
           paid_amount - refund_amount - returned_amount AS revenue
    FROM bookings AS booking
    WHERE room_id = ANY($1)
      AND starts_at > $2::timestamp - interval '{LONGEST_OCCUPANCY_DAYS + 1} days'
      AND starts_at < $3::timestamp + interval '1 day'
      AND EXISTS (SELECT FROM booking_moves AS move
                  WHERE move.booking_id = booking.id AND move.to_status = 'confirmed')
    UNION ALL
    SELECT room_id, currency, starts_at, ends_at, false, false, true, 0
    FROM events
    WHERE room_id = ANY($1) AND status = 'scheduled'
      AND starts_at > $2::timestamp - interval '{LONGEST_OCCUPANCY_DAYS + 1} days'
      AND starts_at < $3::timestamp + interval '1 day'
), taken AS (
    SELECT sold.*, address.timezone AS zone,
           greatest(starts_at, $2::timestamp AT TIME ZONE address.timezone) AS first,
           least(ends_at, $3::timestamp AT TIME ZONE address.timezone) AS last
    FROM sold JOIN rooms AS room ON room.id = sold.room_id JOIN addresses AS address ON address.id = room.address_id
), weekly AS (
    SELECT taken.*, week,
           date_trunc('week', starts_at AT TIME ZONE zone) = week AND starts_at = first AS starts_here,
           least(last, (week + interval '7 days') AT TIME ZONE zone) - greatest(first, week AT TIME ZONE zone)
               AS length
    FROM taken CROSS JOIN LATERAL generate_series(
        date_trunc('week', first AT TIME ZONE zone), (last - interval '1 microsecond') AT TIME ZONE zone,
        interval '7 days') AS week
    WHERE first < last
)
SELECT room_id, week::date AS week, currency,
       count(*) FILTER (WHERE starts_here AND is_booking AND NOT is_cancelled) AS bookings,
       count(*) FILTER (WHERE starts_here AND is_cancelled) AS cancellations,
       coalesce(sum(revenue) FILTER (WHERE starts_here), 0)::bigint AS revenue,
       coalesce(sum(extract(epoch FROM length)) FILTER (WHERE takes_time), 0)::bigint / 60 AS booked_minutes
FROM weekly GROUP BY room_id, week, currency
"""  # noqa: S608 - a constant number

# A `BookingRow` with the customer's name and address.
CompanyRow = Any


def _company_rows(principal: Principal, company_id: int, wanted: CompanyBookingFilter) -> Select[Any]:
    rows = (
        select(
            Booking,
            status_now().label("status_now"),
            Room.name.label("room_name"),
            Address.name.label("address_name"),
            Address.timezone.label("timezone"),
            func.concat_ws(" ", User.firstname, User.lastname, Booking.guest_name).label("customer_name"),
            func.coalesce(User.email, Booking.guest_email).label("customer_email"),
        )
        .join(Room, Room.id == Booking.room_id)
        .join(Address, Address.id == Booking.address_id)
        .outerjoin(User, User.id == Booking.customer_id)
    )
    may_read = teams.is_allowed(
        principal, Permission.READ_BOOKINGS, company_id=Booking.company_id, address_id=Booking.address_id
    )
    found = rows.where(Booking.company_id == company_id, may_read, *_conditions(wanted))
    return cast("Select[Any]", found)


def _conditions(wanted: CompanyBookingFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.status is not None:
        conditions.append(status_now() == wanted.status)
    if wanted.address_id is not None:
        conditions.append(Booking.address_id == wanted.address_id)
    if wanted.room_id is not None:
        conditions.append(Booking.room_id == wanted.room_id)
    if wanted.customer is not None:
        names = func.concat_ws(
            " ", User.firstname, User.lastname, User.email, Booking.guest_name, Booking.guest_email
        )
        conditions.append(names.icontains(wanted.customer, autoescape=True))
    if wanted.from_ is not None:
        midnight = datetime.combine(wanted.from_, time.min)
        conditions.append(_local_start() >= midnight)
        conditions.append(Booking.starts_at >= func.timezone("UTC", midnight - FURTHEST_ZONE))
    if wanted.to is not None:
        midnight = datetime.combine(wanted.to, time.min)
        conditions.append(_local_start() < midnight)
        conditions.append(Booking.starts_at < func.timezone("UTC", midnight + FURTHEST_ZONE))
    if wanted.is_paid is not None:
        is_paid = Booking.paid_amount >= Booking.total_amount
        conditions.append(is_paid if wanted.is_paid else ~is_paid)
    return conditions


def _local_start() -> ColumnElement[datetime]:
    return func.timezone(Address.timezone, Booking.starts_at)


def _sorted(rows: Select[Any], sort: BookingSort) -> Select[Any]:
    column = _SORT_COLUMNS[sort.value.removeprefix("-")]
    if sort.is_descending:
        return rows.order_by(column.desc(), Booking.id.desc())
    return rows.order_by(column, Booking.id)


def _behind(booking: Booking, sort: BookingSort) -> ColumnElement[bool]:
    column = _SORT_COLUMNS[sort.value.removeprefix("-")]
    key = tuple_(column, Booking.id)
    last = tuple_(getattr(booking, column.key), booking.id)
    return key < last if sort.is_descending else key > last


async def list_of_company(
    session: AsyncSession, *, principal: Principal, company_id: int, wanted: CompanyBookingFilter
) -> tuple[Sequence[CompanyRow], int]:
    """One page of those that the principal may read, and how many there are."""
    rows = _company_rows(principal, company_id, wanted)
    total = await session.scalar(
        select(func.count()).select_from(rows.with_only_columns(Booking.id).subquery())
    )
    page = _sorted(rows, wanted.sort).limit(wanted.size).offset((wanted.page - 1) * wanted.size)
    return (await session.execute(page)).all(), total or 0


async def count_of_company(
    session: AsyncSession,
    *,
    principal: Principal,
    company_id: int,
    wanted: CompanyBookingFilter,
    at_most: int,
) -> int:
    rows = _company_rows(principal, company_id, wanted).with_only_columns(Booking.id).limit(at_most)
    return await session.scalar(select(func.count()).select_from(rows.subquery())) or 0


async def list_of_company_behind(
    session: AsyncSession,
    *,
    principal: Principal,
    company_id: int,
    wanted: CompanyBookingFilter,
    last: Booking | None,
    limit: int,
) -> Sequence[CompanyRow]:
    """The next rows in the wanted order; by key, so that none is left out or twice while others book."""
    rows = _company_rows(principal, company_id, wanted)
    if last is not None:
        rows = rows.where(_behind(last, wanted.sort))
    found: Sequence[CompanyRow] = (await session.execute(_sorted(rows, wanted.sort).limit(limit))).all()
    return found


async def find_address(session: AsyncSession, address_id: int) -> Address | None:
    return await session.get(Address, address_id)


async def list_calendar(
    connection: Rows, *, address_id: int, starts_at: datetime, ends_at: datetime
) -> Sequence[asyncpg.Record]:
    """A row for each time that is taken, at least one for each room that is on the market."""
    rows: Sequence[asyncpg.Record] = await connection.fetch(_CALENDAR, address_id, starts_at, ends_at)
    return rows


async def list_rooms_for_figures(
    session: AsyncSession, *, principal: Principal, company_id: int
) -> Sequence[Row[int, str, int, str]]:
    """Those of the studios whose money the principal may see."""
    may_read = teams.is_allowed(
        principal, Permission.READ_MONEY, company_id=Address.company_id, address_id=Address.id
    )
    rooms = (
        select(Room.id, Room.name, Address.id.label("address_id"), Address.name.label("address_name"))
        .join(Address, Address.id == Room.address_id)
        .where(and_(Address.company_id == company_id, may_read))
        .order_by(Address.id, Room.id)
    )
    return (await session.execute(rooms)).all()


async def list_figures(
    connection: Rows, *, room_ids: Sequence[int], first: date, last: date
) -> Sequence[asyncpg.Record]:
    """For each room, ISO week (its Monday) and currency, what was booked on the local days [first, last)."""
    rows: Sequence[asyncpg.Record] = await connection.fetch(
        _FIGURES, room_ids, datetime.combine(first, time.min), datetime.combine(last, time.min)
    )
    return rows
