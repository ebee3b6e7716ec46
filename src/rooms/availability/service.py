from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from src.calendars import service as calendars
from src.core.database import Database
from src.rooms import service as rooms
from src.rooms.availability import free_time
from src.rooms.availability.schemas import AvailabilityFilter
from src.rooms.exceptions import PeriodTooLongError

LONGEST_PERIOD_DAYS = 62


async def get_availability(
    database: Database, *, room_id: int, wanted: AvailabilityFilter, now: datetime
) -> bytes:
    """`AvailabilityRead` as JSON, by two statements on one connection whatever the period.

    Raises `RoomNotFoundError`, `PeriodTooLongError`.
    """
    if not 0 < (wanted.to - wanted.from_).days <= LONGEST_PERIOD_DAYS:
        raise PeriodTooLongError
    async with database.fast_reading() as connection:
        offer = await rooms.get_offer(connection, room_id=room_id)
        busy = await calendars.list_busy(
            connection,
            resource_ids=offer.resource_ids,
            span=free_time.window(offer, wanted.from_, wanted.to),
        )
    days = free_time.availability(
        offer,
        busy=busy,
        first=wanted.from_,
        last=wanted.to,
        duration_minutes=wanted.duration or offer.min_minutes,
        now=now,
        explain=wanted.explain,
    )
    zone = offer.zone
    return orjson.dumps(
        {
            "timezone": zone.key,
            "days": [
                {
                    "date": day.date,
                    "free": [
                        {
                            "starts_at": span.starts_at.astimezone(zone),
                            "ends_at": span.ends_at.astimezone(zone),
                        }
                        for span in day.free
                    ],
                    "starts": [start.astimezone(zone) for start in day.starts],
                    "unavailable": _explained(day, zone),
                }
                for day in days
            ],
        }
    )


def _explained(day: free_time.DayAvailability, zone: ZoneInfo) -> list[dict[str, Any]] | None:
    if day.unavailable is None:
        return None
    return [
        {
            "starts_at": part.span.starts_at.astimezone(zone),
            "ends_at": part.span.ends_at.astimezone(zone),
            "reason": part.reason,
        }
        for part in day.unavailable
    ]
