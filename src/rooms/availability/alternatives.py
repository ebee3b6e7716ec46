"""What is free near a wish that can't be met: other times in the room, other rooms at the time."""

from datetime import datetime, timedelta

import orjson

from src.addresses.localtime import local_date, requested_instant
from src.calendars import service as calendars
from src.calendars.service import Span
from src.core.database import Rows
from src.rooms import offers
from src.rooms.availability import free_time
from src.rooms.availability.schemas import AlternativesFilter
from src.rooms.exceptions import RULE_ERRORS
from src.rooms.lengths import LONGEST_BUFFER_MINUTES
from src.rooms.offers import MINUTE, Offer
from src.rooms.service import list_studio_offers

DAYS_BEFORE, DAYS_AFTER = 7, 14
MOST_ROOMS = 50
LONGEST_BUFFER = LONGEST_BUFFER_MINUTES * MINUTE


async def get_alternatives(
    connection: Rows, *, room_id: int, wanted: AlternativesFilter, now: datetime
) -> bytes:
    """`AlternativesRead` as JSON, by two statements whatever the number of rooms.

    Raises `RoomNotFoundError`, `LocalTimeSkippedError`.
    """
    rooms = await list_studio_offers(connection, room_id=room_id, limit=MOST_ROOMS)
    offer = rooms[0]
    starts_at = requested_instant(wanted.starts_at, offer.zone)
    wish = Span(starts_at, starts_at + wanted.duration * MINUTE)
    day = local_date(wish.starts_at, offer.zone)
    first, last = day - timedelta(days=DAYS_BEFORE), day + timedelta(days=DAYS_AFTER)
    window = free_time.window(offer, first, last)
    busy = await calendars.list_busy_of_each(
        connection,
        resource_ids=list({resource_id for room in rooms for resource_id in room.resource_ids}),
        span=Span(window.starts_at, max(window.ends_at, wish.ends_at + LONGEST_BUFFER)),
    )
    starts = [
        start
        for one in free_time.availability(
            offer,
            busy=_busy(offer, busy),
            first=first,
            last=last,
            duration_minutes=wanted.duration,
            now=now,
        )
        for start in one.starts
    ]
    before = max((start for start in starts if start < wish.starts_at), default=None)
    after = min((start for start in starts if start > wish.starts_at), default=None)
    return orjson.dumps(
        {
            "timezone": offer.zone.key,
            "is_free": _is_free(offer, wish, busy, now),
            "before": before.astimezone(offer.zone) if before else None,
            "after": after.astimezone(offer.zone) if after else None,
            "rooms": [
                {"room_id": room.room_id, "name": room.room_name}
                for room in rooms[1:]
                if _is_free(room, wish, busy, now)
            ],
        }
    )


def _busy(room: Offer, busy: dict[int, list[Span]]) -> list[Span]:
    """Of the room and its parts, in order of start."""
    taken = [span for resource_id in room.resource_ids for span in busy.get(resource_id, ())]
    return sorted(taken, key=lambda span: span.starts_at)


def _is_free(room: Offer, wish: Span, busy: dict[int, list[Span]], now: datetime) -> bool:
    """Whether it can be booked: priced, within its rules, and not taken."""
    if not room.tiers:
        return False
    try:
        offers.check_rules(room, wish, now=now)
    except RULE_ERRORS:
        return False
    occupied = room.occupied(wish)
    return not any(
        span.starts_at < occupied.ends_at and span.ends_at > occupied.starts_at for span in _busy(room, busy)
    )
