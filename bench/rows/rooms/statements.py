"""The statements behind GET /rooms/{id} and GET /rooms."""

from datetime import UTC, datetime
from typing import Any

from src.calendars.service import Span

# The product's own constant, private to its repository: a copy would grow old.
from src.rooms.repository import _ONE as ONE
from src.rooms.search import repository
from src.rooms.search.filters import RoomFilter
from src.rooms.search.free_time import Window


def list_of(
    *, city_id: int, page: int, size: int, free: tuple[datetime, datetime] | None
) -> tuple[str, list[Any]]:
    """Of a city, the cheapest first; with the parameters that the statement takes."""
    window = Window(Span(*free), None, datetime.now(UTC)) if free is not None else None
    wanted = RoomFilter(city_id=city_id, page=page, size=size, equipment=[], badges=[])
    return repository.rooms_statement(wanted, window)


__all__ = ["ONE", "list_of"]
