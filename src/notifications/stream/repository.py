from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import asyncpg

from src.core.database import Rows

MOST_ROWS: Final = 64

_PLACE = """
SELECT coalesce(counter.last_number, 0) AS latest,
       EXISTS (SELECT FROM live_events WHERE user_id = $1 AND number = $2 + 1) AS has_next
FROM (SELECT) AS nothing LEFT JOIN live_counters AS counter ON counter.user_id = $1
"""

_LATER = """
SELECT later.user_id, later.number, later.kind, later.data
FROM unnest($1::bigint[], $2::bigint[]) AS reader (user_id, number)
CROSS JOIN LATERAL (
    SELECT event.user_id, event.number, event.kind, event.data::text AS data FROM live_events AS event
    WHERE event.user_id = reader.user_id AND event.number > reader.number
    ORDER BY event.number LIMIT $3
) AS later
"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a stream begins; with a gap when what came before is forgotten."""

    number: int
    has_gap: bool


async def find_place(rows: Rows, *, user_id: int, last_number: int | None) -> Place:
    """Behind the last event that the client has seen, or else behind the latest there is."""
    found = await rows.fetchrow(_PLACE, user_id, last_number or 0)
    assert found is not None
    latest: int = found["latest"]
    if last_number is None or last_number == latest:
        return Place(latest, has_gap=False)
    if last_number < latest and found["has_next"]:
        return Place(last_number, has_gap=False)
    return Place(latest, has_gap=True)


async def list_later(rows: Rows, numbers: dict[int, int]) -> Sequence[asyncpg.Record]:
    """For each user the events behind the number, in their order, at most `MOST_ROWS` of each."""
    return await rows.fetch(_LATER, list(numbers), list(numbers.values()), MOST_ROWS)
