"""Queries of rooms. The reads that every visitor makes are hand-written: one statement, answered as it comes."""

from collections.abc import Iterable, Sequence
from typing import Any

import asyncpg
from sqlalchemy import Row, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from src.addresses.models import Address
from src.addresses.plan import PLAN
from src.core.database import Rows
from src.core.media import ImageRead, media_address
from src.rooms.enums import RoomStatus
from src.rooms.models import Room, RoomPrice

# A whole, its parts, and their parts: no room is deeper (`MOST_LEVELS` of parts).
_PARTS = """
SELECT part_id FROM room_parts WHERE whole_id = room.id
UNION
SELECT deeper.part_id FROM room_parts AS direct JOIN room_parts AS deeper ON deeper.whole_id = direct.part_id
WHERE direct.whole_id = room.id"""

# Of an owner's own policy; those of a room without one are the company's.
_CANCELLATION_TIERS = """(CASE WHEN room.cancellation_policy IS NULL THEN company.cancellation_tiers
                              ELSE room.cancellation_tiers END)"""

_OFFERS = f"""
SELECT room.id AS room_id, room.revision, address.revision AS address_revision,
       company.revision AS company_revision, room.name AS room_name,
       room.address_id, address.company_id, company.currency,
       coalesce(room.cancellation_policy, company.cancellation_policy) AS cancellation_policy,
       {_CANCELLATION_TIERS}::text AS cancellation_tiers, room.booking_mode,
       room.resource_id || ARRAY(SELECT part.resource_id FROM rooms AS part
                                 WHERE part.id IN ({_PARTS})) AS resource_ids,
       company.tax_rate_bp, company.prices_include_tax, company.platform_fee_bp, address.timezone,
       room.slot_minutes, room.min_minutes, room.max_minutes, room.buffer_before_minutes,
       room.buffer_after_minutes, room.notice_minutes, room.horizon_days,
       (room.status = 'active' AND address.status = 'published') AS is_on_offer,
       {PLAN} AS hours,
       (SELECT json_agg(json_build_array(duration_minutes, amount) ORDER BY duration_minutes)::text
        FROM room_prices WHERE room_id = room.id) AS tiers,
       (SELECT json_agg(json_build_array(name, weekdays, starts, ends, first_date, last_date, percent)
                        ORDER BY position)::text
        FROM room_price_rules WHERE room_id = room.id) AS price_rules
FROM rooms AS room
JOIN addresses AS address ON address.id = room.address_id
JOIN companies AS company ON company.id = address.company_id
"""  # noqa: S608 - constants

_OFFER = f"{_OFFERS} WHERE room.id = $1"

_OFFERS_OF_ROOMS = f"{_OFFERS} WHERE room.id = ANY($1)"

# The room and the others of its studio.
_STUDIO_OFFERS = f"""
{_OFFERS} WHERE room.address_id = (SELECT address_id FROM rooms WHERE id = $1) AND room.status = 'active'
ORDER BY room.id = $1 DESC, room.id LIMIT $2
"""  # noqa: S608 - constants


# The fields of PhotoRead. Media is the address of the files of our storage, a parameter.
def photo(media: str) -> str:
    sizes = ", ".join(f"'{size}', {media} || '/' || key || '/{size}.webp'" for size in ImageRead.model_fields)
    return f"json_build_object('id', id, {sizes})"


# The fields of RoomRead, in its order.
def document(media: str) -> str:
    return f"""
json_build_object(
    'id', room.id, 'address_id', room.address_id, 'company_id', address.company_id, 'name', room.name,
    'description', room.description, 'capacity', room.capacity, 'area_m2', (room.area_dm2 / 100.0)::float8,
    'timezone', address.timezone, 'booking_mode', room.booking_mode,
    'slot_minutes', room.slot_minutes, 'min_minutes', room.min_minutes, 'max_minutes', room.max_minutes,
    'buffer_before_minutes', room.buffer_before_minutes, 'buffer_after_minutes', room.buffer_after_minutes,
    'notice_minutes', room.notice_minutes, 'horizon_days', room.horizon_days,
    'cancellation_policy', coalesce(room.cancellation_policy, company.cancellation_policy),
    'cancellation_tiers', {_CANCELLATION_TIERS},
    'currency', company.currency, 'status', room.status,
    'prices', (SELECT coalesce(json_agg(json_build_object('duration_minutes', duration_minutes, 'amount', amount)
                                        ORDER BY duration_minutes), '[]')
               FROM room_prices WHERE room_id = room.id),
    'price_rules', (SELECT coalesce(json_agg(json_build_object(
                        'name', name, 'weekdays', weekdays,
                        'starts', left(starts::text, 5), 'ends', left(ends::text, 5),
                        'first_date', first_date, 'last_date', last_date, 'percent', percent)
                        ORDER BY position), '[]')
                    FROM room_price_rules WHERE room_id = room.id),
    'part_ids', (SELECT coalesce(json_agg(part_id ORDER BY part_id), '[]')
                 FROM room_parts WHERE whole_id = room.id),
    'photos', (SELECT coalesce(json_agg({photo(media)} ORDER BY position), '[]')
               FROM room_photos WHERE room_id = room.id)
)"""  # noqa: S608 - constants


JOINED = """
FROM rooms AS room
JOIN addresses AS address ON address.id = room.address_id
JOIN companies AS company ON company.id = address.company_id
"""

_ONE = f"""
SELECT {document("$2::text")}::text AS document, address.company_id, room.address_id,
       (room.status = 'active' AND address.status = 'published') AS is_public
{JOINED} WHERE room.id = $1
"""


async def find_offer(connection: Rows, room_id: int) -> asyncpg.Record | None:
    return await connection.fetchrow(_OFFER, room_id)


async def list_offers(connection: Rows, room_ids: Sequence[int]) -> Sequence[asyncpg.Record]:
    records: Sequence[asyncpg.Record] = await connection.fetch(_OFFERS_OF_ROOMS, room_ids)
    return records


async def list_studio_offers(connection: Rows, room_id: int, *, limit: int) -> list[asyncpg.Record]:
    """Offers of the active rooms of the room's studio, its own first."""
    return await connection.fetch(_STUDIO_OFFERS, room_id, limit)


async def find_document(connection: Rows, room_id: int) -> asyncpg.Record | None:
    return await connection.fetchrow(_ONE, room_id, media_address())


async def insert(session: AsyncSession, **values: Any) -> Room:
    room = Room(**values)
    session.add(room)
    await session.flush()
    return room


async def find_with_address(session: AsyncSession, room_id: int) -> Row[Room, Address] | None:
    found = select(Room, Address).join(Address, Address.id == Room.address_id).where(Room.id == room_id)
    return (await session.execute(found)).one_or_none()


async def find_by_resource(session: AsyncSession, resource_id: int) -> Row[Room, Address] | None:
    found = select(Room, Address).join(Address, Address.id == Room.address_id)
    return (await session.execute(found.where(Room.resource_id == resource_id))).one_or_none()


async def find_address_id(session: AsyncSession, room_id: int) -> int | None:
    return await session.scalar(select(Room.address_id).where(Room.id == room_id))


async def find_locked(session: AsyncSession, room_id: int) -> Room | None:
    """Locks the row for the rest of the transaction and reads it afresh; bookings need not wait for it."""
    return await session.get(Room, room_id, with_for_update={"key_share": True}, populate_existing=True)


async def keep_unchanged(connection: Rows, room_id: int) -> None:
    """Until the transaction ends the owner can't change what the room offers."""
    await connection.fetchrow("SELECT FROM rooms WHERE id = $1 FOR SHARE", room_id)


# The company first, then the studio, as its closing does.
_KEEP_OFFER = """
WITH company AS MATERIALIZED (
    SELECT company.id FROM companies AS company
    WHERE company.id = (SELECT company_id FROM rooms AS room JOIN addresses AS address ON address.id = room.address_id
                        WHERE room.id = $1)
    FOR KEY SHARE
), studio AS MATERIALIZED (
    SELECT address.id FROM company, addresses AS address
    WHERE address.id = (SELECT address_id FROM rooms WHERE id = $1) FOR SHARE OF address
)
SELECT FROM studio, rooms AS room WHERE room.id = $1 FOR SHARE OF room
"""


async def keep_offer_unchanged(connection: Rows, room_id: int) -> None:
    """The same of everything that decides on the offer: the studio's hours and status, the company's terms."""
    await connection.fetchrow(_KEEP_OFFER, room_id)


async def begin_revision(session: AsyncSession, room_ids: Iterable[int]) -> None:
    """Bookings that are being made of the offer as it was are refused from the commit on."""
    changed = update(Room).where(Room.id.in_(room_ids)).values(revision=Room.revision + 1)
    await session.execute(changed.execution_options(synchronize_session=False))


async def count_bookable(session: AsyncSession, address_id: int) -> int:
    """Active rooms of the studio that have a price."""
    has_price = exists().where(RoomPrice.room_id == Room.id)
    bookable = select(func.count(Room.id)).where(
        Room.address_id == address_id, Room.status == RoomStatus.ACTIVE, has_price
    )
    return await session.scalar(bookable) or 0
