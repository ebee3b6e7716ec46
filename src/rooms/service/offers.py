from collections.abc import Sequence
from datetime import date, time
from functools import lru_cache
from zoneinfo import ZoneInfo

import asyncpg
import orjson

from src.addresses.plan import parse_plan
from src.calendars.service import Span, Wish
from src.companies.enums import CancellationPolicy
from src.core.database import Rows
from src.rooms import repository
from src.rooms.enums import BookingMode
from src.rooms.exceptions import RoomNotFoundError
from src.rooms.offers import Offer
from src.rooms.pricing.quotes import Terms
from src.rooms.pricing.rules import PriceRule
from src.rooms.pricing.tiers import Tier


async def get_offer(connection: Rows, *, room_id: int) -> Offer:
    """Raises `RoomNotFoundError` unless the room and its studio are on the market."""
    found = await repository.find_offer(connection, room_id)
    if found is None or not found["is_on_offer"]:
        raise RoomNotFoundError
    return _offer(found)


async def list_offers(connection: Rows, *, room_ids: Sequence[int]) -> list[Offer]:
    """By one statement; of rooms that are off the market too."""
    return [_offer(found) for found in await repository.list_offers(connection, room_ids)]


async def get_kept_offer(connection: Rows, *, room_id: int) -> Offer:
    """The same, and until the transaction ends the owner can't change it. Locks company, studio, room."""
    await repository.keep_offer_unchanged(connection, room_id)
    return await get_offer(connection, room_id=room_id)


async def get_wishes(connection: Rows, *, room_id: int, span: Span) -> list[Wish]:
    """The time to take for a booking of this span, also of a room that is off the market by now.

    Locks the room: what it is made of stays the same until the transaction ends. Raises `RoomNotFoundError`.
    """
    return (await get_any_offer(connection, room_id=room_id)).wishes(span)


async def get_any_offer(connection: Rows, *, room_id: int) -> Offer:
    """Of any room, on the market or not, for what its owner does and for what was sold before.

    Locks the room: what it offers stays the same until the transaction ends. Raises `RoomNotFoundError`.
    """
    await repository.keep_unchanged(connection, room_id)
    found = await repository.find_offer(connection, room_id)
    if found is None:
        raise RoomNotFoundError
    return _offer(found)


async def list_resources(connection: Rows, *, room_id: int) -> list[int]:
    """What is taken with the room: its own time and that of its parts. Raises `RoomNotFoundError`."""
    found = await repository.find_offer(connection, room_id)
    if found is None:
        raise RoomNotFoundError
    return list(found["resource_ids"])


def _offer(found: asyncpg.Record) -> Offer:
    return Offer(
        room_id=found["room_id"],
        revision=found["revision"],
        address_revision=found["address_revision"],
        company_revision=found["company_revision"],
        room_name=found["room_name"],
        address_id=found["address_id"],
        company_id=found["company_id"],
        currency=found["currency"],
        booking_mode=BookingMode(found["booking_mode"]),
        cancellation_policy=CancellationPolicy(found["cancellation_policy"]),
        cancellation_tiers=_parse_cancellation_tiers(found["cancellation_tiers"]),
        resource_ids=tuple(found["resource_ids"]),
        zone=ZoneInfo(found["timezone"]),
        hours=parse_plan(found["hours"]),
        tiers=_parse_tiers(found["tiers"]),
        price_rules=_parse_price_rules(found["price_rules"]),
        terms=Terms(
            tax_rate_bp=found["tax_rate_bp"],
            prices_include_tax=found["prices_include_tax"],
            platform_fee_bp=found["platform_fee_bp"],
        ),
        slot_minutes=found["slot_minutes"],
        min_minutes=found["min_minutes"],
        max_minutes=found["max_minutes"],
        buffer_before_minutes=found["buffer_before_minutes"],
        buffer_after_minutes=found["buffer_after_minutes"],
        notice_minutes=found["notice_minutes"],
        horizon_days=found["horizon_days"],
    )


async def list_studio_offers(connection: Rows, *, room_id: int, limit: int) -> list[Offer]:
    """Offers of the rooms of the same studio, its own first. Raises `RoomNotFoundError` like `get_offer`."""
    found = await repository.list_studio_offers(connection, room_id, limit=limit)
    if not found or found[0]["room_id"] != room_id or not found[0]["is_on_offer"]:
        raise RoomNotFoundError
    return [_offer(row) for row in found]


# Rooms of one price carry the same text: parsed once.
@lru_cache(maxsize=4096)
def _parse_tiers(rows: str | None) -> tuple[Tier, ...]:
    return tuple(Tier(minutes, amount) for minutes, amount in orjson.loads(rows or "[]"))


@lru_cache(maxsize=4096)
def _parse_cancellation_tiers(rows: str | None) -> tuple[tuple[int, int], ...]:
    return tuple((tier["hours_before"], tier["refund_percent"]) for tier in orjson.loads(rows or "[]"))


@lru_cache(maxsize=4096)
def _parse_price_rules(rows: str | None) -> tuple[PriceRule, ...]:
    return tuple(
        PriceRule(
            name=name,
            weekdays=tuple(weekdays),
            starts=time.fromisoformat(starts),
            ends=time.fromisoformat(ends),
            first_date=date.fromisoformat(first) if first else None,
            last_date=date.fromisoformat(last) if last else None,
            percent=percent,
        )
        for name, weekdays, starts, ends, first, last, percent in orjson.loads(rows or "[]")
    )
