from collections.abc import Sequence
from typing import Any

import asyncpg
from sqlalchemy import ColumnElement, Date, Row, Select, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from src.addresses.enums import AddressStatus
from src.addresses.models import Address
from src.core.database import Transaction, driver
from src.events.enums import EventStatus
from src.events.models import HostedEvent
from src.events.schemas import EventFilter
from src.rooms.enums import RoomStatus
from src.rooms.models import Room

# The one way to a seat. Whoever wants the same row waits here, and sees what is left after the wait.
_TAKE_SEATS = """
UPDATE events SET seats_sold = seats_sold + $2, updated_at = now()
WHERE id = $1 AND status = 'scheduled' AND starts_at > clock_timestamp() AND seats_sold + $2 <= capacity
RETURNING title, starts_at, ends_at, seat_amount, currency
"""

_GIVE_SEATS_BACK = "UPDATE events SET seats_sold = seats_sold - $2, updated_at = now() WHERE id = $1"

EventRow = Row[HostedEvent, str, Address]


def _rows() -> Select[HostedEvent, str, Address]:
    return (
        select(HostedEvent, Room.name, Address)
        .join(Room, Room.id == HostedEvent.room_id)
        .join(Address, Address.id == Room.address_id)
        .execution_options(populate_existing=True)
    )


async def insert(session: AsyncSession, **values: Any) -> HostedEvent:
    event = HostedEvent(**values)
    session.add(event)
    await session.flush()
    return event


async def find(session: AsyncSession, event_id: int) -> EventRow | None:
    return (await session.execute(_rows().where(HostedEvent.id == event_id))).one_or_none()


async def find_room_id(session: AsyncSession, event_id: int) -> int | None:
    return await session.scalar(select(HostedEvent.room_id).where(HostedEvent.id == event_id))


async def find_locked(session: AsyncSession, event_id: int) -> HostedEvent | None:
    """Locks the row for the rest of the transaction and reads it afresh; seats wait, references don't."""
    return await session.get(
        HostedEvent, event_id, with_for_update={"key_share": True}, populate_existing=True
    )


async def list_upcoming(session: AsyncSession, wanted: EventFilter) -> tuple[Sequence[EventRow], int]:
    """Of published studios, in order of start, and how many there are."""
    listed = _rows().where(
        HostedEvent.status == EventStatus.SCHEDULED,
        HostedEvent.ends_at > func.now(),
        Room.status == RoomStatus.ACTIVE,
        Address.status == AddressStatus.PUBLISHED,
        *_conditions(wanted),
    )
    total = await session.scalar(listed.with_only_columns(func.count(HostedEvent.id)))
    page = listed.order_by(HostedEvent.starts_at, HostedEvent.id).limit(wanted.size).offset(wanted.offset)
    return (await session.execute(page)).all(), total or 0


def _conditions(wanted: EventFilter) -> list[ColumnElement[bool]]:
    day = cast(func.timezone(Address.timezone, HostedEvent.starts_at), Date)
    conditions = []
    if wanted.city_id is not None:
        conditions.append(Address.city_id == wanted.city_id)
    if wanted.company_id is not None:
        conditions.append(Address.company_id == wanted.company_id)
    if wanted.address_id is not None:
        conditions.append(Address.id == wanted.address_id)
    if wanted.from_ is not None:
        conditions.append(day >= wanted.from_)
    if wanted.to is not None:
        conditions.append(day < wanted.to)
    return conditions


async def take_seats(session: Transaction, *, event_id: int, seats: int) -> asyncpg.Record | None:
    return await (await driver(session)).fetchrow(_TAKE_SEATS, event_id, seats)


async def give_seats_back(session: Transaction, *, event_id: int, seats: int) -> None:
    await (await driver(session)).execute(_GIVE_SEATS_BACK, event_id, seats)


async def has_begun(session: AsyncSession, event_id: int) -> bool:
    has_begun = HostedEvent.starts_at <= func.clock_timestamp()
    return bool(await session.scalar(select(has_begun).where(HostedEvent.id == event_id)))


async def delete(session: AsyncSession, event: HostedEvent) -> None:
    await session.delete(event)
    await session.flush()


async def list_coming_of_rooms(session: AsyncSession, *conditions: ColumnElement[bool]) -> Sequence[int]:
    coming = (
        select(HostedEvent.id)
        .join(Room, Room.id == HostedEvent.room_id)
        .join(Address, Address.id == Room.address_id)
        .where(HostedEvent.status == EventStatus.SCHEDULED, HostedEvent.ends_at > func.now(), *conditions)
    )
    return (await session.scalars(coming.order_by(HostedEvent.id))).all()
