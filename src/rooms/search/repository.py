"""The statements of search: one each, put together from what is wanted, answered as JSON text by the database.

Of a search at most `MOST_MATCHES` rooms or studios are found, or `MOST_FREE_MATCHES` rooms that are free; pages,
totals and facets are of those.
"""

from sqlalchemy import delete, func
from sqlalchemy.ext.asyncio import AsyncSession

from src.core.database import Rows
from src.core.media import media_address
from src.rooms.repository import JOINED, document, photo
from src.rooms.search import conditions, matches
from src.rooms.search.conditions import Arguments
from src.rooms.search.facets import FACETS
from src.rooms.search.filters import (
    RoomFilter,
    RoomSearchFilter,
    SearchFilter,
    StudioFilter,
)
from src.rooms.search.free_time import Window
from src.rooms.search.models import FullDay, TakenDay

KEPT_DAYS = 2
_CARD = f"""
    'id', address.id, 'company_id', address.company_id, 'name', address.name, 'slug', address.slug,
    'street', address.street, 'city_id', listing.city_id, 'city_name', city.name, 'lat', listing.latitude,
    'lng', listing.longitude, 'timezone', listing.timezone, 'equipment', listing.equipment,
    'badges', listing.badges, 'is_open_now', {conditions.is_open_now()},
    'distance_km', round(place.distance_km::numeric, 2)"""

_CARD_JOINED = """
    JOIN studio_listings AS listing ON listing.address_id = place.address_id
    JOIN addresses AS address ON address.id = place.address_id
    JOIN cities AS city ON city.id = listing.city_id"""


async def list_rooms(connection: Rows, *, wanted: RoomFilter, window: Window | None) -> str:
    statement, arguments = rooms_statement(wanted, window)
    found: str = await connection.fetchval(statement, *arguments)
    return found


async def list_studios(connection: Rows, *, wanted: StudioFilter) -> str:
    statement, arguments = studios_statement(wanted)
    found: str = await connection.fetchval(statement, *arguments)
    return found


async def search(connection: Rows, *, wanted: SearchFilter, window: Window | None) -> str:
    statement, arguments = search_statement(wanted, window)
    found: str = await connection.fetchval(statement, *arguments)
    return found


async def delete_past_days(session: AsyncSession) -> int:
    """A search asks from now on, and a buffer reaches back for less than a day."""
    first_kept = func.utc_day(func.now()) - KEPT_DAYS
    connection = await session.connection()
    await connection.execute(delete(FullDay).where(FullDay.day < first_kept))
    return (await connection.execute(delete(TakenDay).where(TakenDay.day < first_kept))).rowcount


def rooms_statement(wanted: RoomFilter, window: Window | None) -> tuple[str, Arguments]:
    arguments = Arguments()
    media = arguments.add(media_address(), "text")
    return (
        f"""
        WITH {matches.of_rooms(wanted, window, arguments)}
        SELECT json_build_object(
            'items', coalesce((
                SELECT json_agg({document(media)} ORDER BY place.number) {JOINED}
                JOIN (SELECT room_id, number FROM matches {_page(wanted, arguments)}) AS place
                  ON place.room_id = room.id), '[]'),
            {_counted("matches", wanted, arguments)})::text
        """,
        arguments,
    )


def studios_statement(wanted: StudioFilter) -> tuple[str, Arguments]:
    arguments = Arguments()
    return (
        f"""
        WITH {matches.of_studios(wanted, arguments)}
        SELECT json_build_object(
            'items', coalesce((
                SELECT json_agg(json_build_object({_CARD}) ORDER BY place.number)
                FROM (SELECT * FROM matches {_page(wanted, arguments)}) AS place {_CARD_JOINED}), '[]'),
            {_counted("matches", wanted, arguments)})::text
        """,
        arguments,
    )


def search_statement(wanted: SearchFilter, window: Window | None) -> tuple[str, Arguments]:
    arguments = Arguments()
    media = arguments.add(media_address(), "text")
    return (
        f"""
        WITH {matches.of_rooms(wanted, window, arguments)},
        studios AS MATERIALIZED (
            SELECT address_id, min(number) AS number, min(distance_km) AS distance_km
            FROM matches GROUP BY address_id)
        SELECT json_build_object(
            'items', coalesce((
                SELECT json_agg(json_build_object({_CARD}, 'rooms', (
                    SELECT json_agg(json_build_object(
                        'id', room.id, 'name', room.name, 'capacity', room.capacity,
                        'hourly_price', CASE WHEN hourly_amount IS NOT NULL THEN
                            json_build_object('amount', hourly_amount, 'currency', currency) END,
                        'cover', (SELECT {photo(media)} FROM room_photos WHERE room_id = room.id AND position = 0))
                        ORDER BY matches.number)
                    FROM matches JOIN rooms AS room ON room.id = matches.room_id
                    WHERE matches.address_id = place.address_id)
                ) ORDER BY place.number)
                FROM (SELECT * FROM studios {_page(wanted, arguments)}) AS place {_CARD_JOINED}), '[]'),
            'facets', {FACETS if wanted.facets else "null"},
            {_counted("studios", wanted, arguments)})::text
        """,
        arguments,
    )


def _page(wanted: StudioFilter | RoomSearchFilter, arguments: Arguments) -> str:
    size = arguments.add(wanted.size, "bigint")
    return f"ORDER BY number LIMIT {size} OFFSET {arguments.add((wanted.page - 1) * wanted.size, 'bigint')}"


def _counted(counted: str, wanted: StudioFilter | RoomSearchFilter, arguments: Arguments) -> str:
    """A studio's rooms are beyond the cap together with it, or not."""
    return f"""
        'total', (SELECT count(*) FROM {counted}),
        'total_is_capped', EXISTS (SELECT FROM found WHERE number > most),
        'page', {arguments.add(wanted.page, "int")}, 'size', {arguments.add(wanted.size, "int")}"""
