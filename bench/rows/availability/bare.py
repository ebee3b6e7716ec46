from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bench.connection import Borrowed
from bench.rows.bookings.statements import OFFER

# The product's own constant, private to its repository: a copy would grow old.
from src.calendars.repository import _BUSY as BUSY

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
Spans = list[tuple[datetime, datetime]]


async def get_availability(request: Request) -> Response:
    first, last = (date.fromisoformat(request.query_params[name]) for name in ("from", "to"))
    with Borrowed(request) as connection:
        offer = await connection.fetchrow(OFFER, int(request.path_params["room_id"]))
        margin = offer["max_minutes"] * MINUTE
        zone = ZoneInfo(offer["timezone"])
        opens, closes = (datetime.combine(day, time(), zone) for day in (first, last))
        busy = await connection.fetch(BUSY, offer["resource_ids"], opens - margin, closes + margin)
    hours = {weekday: span for weekday, *span in orjson.loads(offer["hours"])[0]}
    days = [_day(day, hours[day.weekday()], zone, offer, busy) for day in _days(first, last)]
    body = orjson.dumps({"timezone": zone.key, "days": days})
    return Response(body, media_type="application/json")


def _days(first: date, last: date) -> Iterator[date]:
    return (first + number * DAY for number in range((last - first).days))


def _day(
    day: date, hours: list[str], zone: ZoneInfo, offer: asyncpg.Record, busy: list[asyncpg.Record]
) -> dict[str, Any]:
    """Rooms of the bench are open from one hour to another of each day, in whole slots."""
    _, opens, closes = hours
    first, last = (datetime.combine(day, time.fromisoformat(at), zone) for at in (opens, closes))
    free = _free(first.astimezone(UTC), last.astimezone(UTC), busy)
    slot, shortest = offer["slot_minutes"] * MINUTE, offer["min_minutes"] * MINUTE
    return {
        "date": day,
        "free": [{"starts_at": a.astimezone(zone), "ends_at": b.astimezone(zone)} for a, b in free],
        "starts": [
            (a + number * slot).astimezone(zone)
            for a, b in free
            for number in range((b - a - shortest) // slot + 1)
        ],
        "unavailable": None,
    }


def _free(opens: datetime, closes: datetime, busy: list[asyncpg.Record]) -> Spans:
    free, at = [], opens
    for span in busy:
        if span["starts_at"] >= closes:
            break
        if span["starts_at"] > at:
            free.append((at, span["starts_at"]))
        at = max(at, span["ends_at"])
    return [*free, (at, closes)] if at < closes else free


ROUTES = [Route("/api/v1/rooms/{room_id}/availability", get_availability)]
