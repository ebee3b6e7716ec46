from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from src.addresses.localtime import requested_instant
from src.calendars.service import Span
from src.core.database import Database, FastReader
from src.geographic import service as geographic
from src.rooms.search import repository
from src.rooms.search.exceptions import OffsetNeededError
from src.rooms.search.filters import RoomFilter, RoomSearchFilter, SearchFilter, StudioFilter
from src.rooms.search.free_time import Window


async def list_rooms(database: Database, *, wanted: RoomFilter, now: datetime) -> str:
    """`RoomsFound` as JSON. Raises `OffsetNeededError`, `UnknownCityError`, `LocalTimeSkippedError`."""
    window = await _window(database, wanted, now)
    return await repository.list_rooms(FastReader(database), wanted=wanted, window=window)


async def list_studios(database: Database, *, wanted: StudioFilter) -> str:
    """`StudiosFound` as JSON."""
    return await repository.list_studios(FastReader(database), wanted=wanted)


async def search(database: Database, *, wanted: SearchFilter, now: datetime) -> str:
    """`SearchResult` as JSON. Raises as `list_rooms` does."""
    window = await _window(database, wanted, now)
    return await repository.search(FastReader(database), wanted=wanted, window=window)


async def forget_past_days(session: AsyncSession) -> int:
    """Drops what was taken on days that no search asks about any more; returns how many."""
    return await repository.delete_past_days(session)


async def _window(database: Database, wanted: RoomSearchFilter, now: datetime) -> Window | None:
    if wanted.free_from is None or wanted.free_to is None:
        return None
    starts_at, ends_at = wanted.free_from, wanted.free_to
    if starts_at.tzinfo is None:
        zone = await _zone(database, wanted.city_id)
        starts_at, ends_at = requested_instant(starts_at, zone), requested_instant(ends_at, zone)
    duration = timedelta(minutes=wanted.duration) if wanted.duration is not None else None
    return Window(Span(starts_at, ends_at), duration, now)


async def _zone(database: Database, city_id: int | None) -> ZoneInfo:
    if city_id is None:
        raise OffsetNeededError
    async with database.reading() as session:
        city = await geographic.require_city(session, city_id=city_id)
    return ZoneInfo(city.timezone)
