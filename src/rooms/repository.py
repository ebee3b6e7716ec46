"""Queries of rooms. The reads that every visitor makes are hand-written: one statement, answered as it comes."""

from collections.abc import Iterable
from typing import Any

import asyncpg
from sqlalchemy import delete, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from src.core.database import Rows
from src.rooms.enums import RoomStatus
from src.rooms.models import Room, RoomPrice
from src.rooms.pricing import Tier

# Parts of a composite room will be appended to resource_ids: a claim already takes any number of resources.
_OFFER = """
SELECT room.id AS room_id, room.name AS room_name, room.address_id, address.company_id, company.currency,
       coalesce(room.cancellation_policy, company.cancellation_policy) AS cancellation_policy,
       ARRAY[room.resource_id] AS resource_ids, address.timezone,
       room.slot_minutes, room.min_minutes, room.max_minutes, room.buffer_before_minutes,
       room.buffer_after_minutes, room.notice_minutes, room.horizon_days,
       (room.status = 'active' AND address.status = 'published') AS is_on_offer,
       (SELECT json_agg(json_build_array(weekday, mode, opens, closes) ORDER BY id)::text
        FROM operating_hours WHERE address_id = address.id) AS hours,
       (SELECT json_agg(json_build_array(duration_minutes, amount) ORDER BY duration_minutes)::text
        FROM room_prices WHERE room_id = room.id) AS tiers
FROM rooms AS room
JOIN addresses AS address ON address.id = room.address_id
JOIN companies AS company ON company.id = address.company_id
WHERE room.id = $1
"""

# The fields of RoomRead, in its order.
_DOCUMENT = """
json_build_object(
    'id', room.id, 'address_id', room.address_id, 'company_id', address.company_id, 'name', room.name,
    'description', room.description, 'capacity', room.capacity, 'timezone', address.timezone,
    'slot_minutes', room.slot_minutes, 'min_minutes', room.min_minutes, 'max_minutes', room.max_minutes,
    'buffer_before_minutes', room.buffer_before_minutes, 'buffer_after_minutes', room.buffer_after_minutes,
    'notice_minutes', room.notice_minutes, 'horizon_days', room.horizon_days,
    'cancellation_policy', coalesce(room.cancellation_policy, company.cancellation_policy),
    'currency', company.currency, 'status', room.status,
    'prices', (SELECT coalesce(json_agg(json_build_object('duration_minutes', duration_minutes, 'amount', amount)
                                        ORDER BY duration_minutes), '[]')
               FROM room_prices WHERE room_id = room.id)
)"""

_JOINED = """
FROM rooms AS room
JOIN addresses AS address ON address.id = room.address_id
JOIN companies AS company ON company.id = address.company_id
"""

_ONE = f"""
SELECT {_DOCUMENT}::text AS document, address.company_id,
       (room.status = 'active' AND address.status = 'published') AS is_public
{_JOINED} WHERE room.id = $1
"""

# A filter that is not wanted is no condition, rather than "$1 IS NULL OR …", for which there is no good plan.
_WANTED = {
    (False, False): "$1::bigint IS NULL AND $2::bigint IS NULL",
    (True, False): "room.address_id = $1 AND $2::bigint IS NULL",
    (False, True): "$1::bigint IS NULL AND address.city_id = $2",
    (True, True): "room.address_id = $1 AND address.city_id = $2",
}


def _list_statement(wanted: str) -> str:
    public = f"""
    FROM rooms AS room JOIN addresses AS address ON address.id = room.address_id
    WHERE room.status = 'active' AND address.status = 'published' AND {wanted}
    """
    return f"""
    SELECT json_build_object(
        'items', coalesce((SELECT json_agg({_DOCUMENT} ORDER BY room.id) {_JOINED}
                           WHERE room.id = ANY(ARRAY(SELECT room.id {public}
                                                     ORDER BY room.id LIMIT $3 OFFSET $4))), '[]'),
        'total', (SELECT count(*) {public}),
        'page', $5::int, 'size', $3::int
    )::text
    """


_LISTS = {filters: _list_statement(wanted) for filters, wanted in _WANTED.items()}


async def find_offer(connection: Rows, room_id: int) -> asyncpg.Record | None:
    return await connection.fetchrow(_OFFER, room_id)


async def find_document(connection: Rows, room_id: int) -> asyncpg.Record | None:
    return await connection.fetchrow(_ONE, room_id)


async def list_documents(
    connection: Rows,
    *,
    address_id: int | None,
    city_id: int | None,
    page: int,
    size: int,
) -> str:
    statement = _LISTS[address_id is not None, city_id is not None]
    document: str = await connection.fetchval(statement, address_id, city_id, size, (page - 1) * size, page)
    return document


async def insert(session: AsyncSession, **values: Any) -> Room:
    room = Room(**values)
    session.add(room)
    await session.flush()
    return room


async def find(session: AsyncSession, room_id: int) -> Room | None:
    return await session.get(Room, room_id)


async def replace_prices(session: AsyncSession, *, room_id: int, tiers: Iterable[Tier]) -> None:
    await session.execute(delete(RoomPrice).where(RoomPrice.room_id == room_id))
    session.add_all(
        RoomPrice(room_id=room_id, duration_minutes=tier.duration_minutes, amount=tier.amount)
        for tier in tiers
    )
    await session.flush()


async def count_bookable(session: AsyncSession, address_id: int) -> int:
    """Active rooms of the studio that have a price."""
    has_price = exists().where(RoomPrice.room_id == Room.id)
    bookable = select(func.count(Room.id)).where(
        Room.address_id == address_id, Room.status == RoomStatus.ACTIVE, has_price
    )
    return await session.scalar(bookable) or 0
