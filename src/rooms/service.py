from datetime import datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

import asyncpg
import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from src.addresses import service as addresses
from src.addresses.enums import HoursMode
from src.addresses.exceptions import AddressNotFoundError
from src.addresses.hours import WeeklyHours
from src.addresses.models import Address
from src.calendars import service as calendars
from src.calendars.enums import ResourceKind
from src.calendars.service import Span, Wish
from src.companies import policies as companies
from src.companies.enums import CancellationPolicy
from src.companies.exceptions import NotCompanyAdminError
from src.core.database import Database, FastReader, Rows, driver
from src.core.errors import ValidationFailedError
from src.core.identity import Principal
from src.rooms import availability, repository
from src.rooms.enums import RoomStatus
from src.rooms.exceptions import PeriodTooLongError, RoomNotFoundError
from src.rooms.models import Room
from src.rooms.offers import Offer
from src.rooms.pricing import Tier
from src.rooms.schemas import (
    AvailabilityFilter,
    PricesUpdate,
    RoomCreate,
    RoomFilter,
    RoomUpdate,
    check_lengths,
)

LONGEST_PERIOD_DAYS = 62


async def create_room(session: AsyncSession, *, principal: Principal, body: RoomCreate) -> str:
    """Returns the room as JSON. Raises `AddressNotFoundError`, `NotCompanyAdminError`."""
    address = await addresses.get_managed_address(session, principal=principal, address_id=body.address_id)
    resource_id = await calendars.create_resource(session, kind=ResourceKind.ROOM)
    room = await repository.insert(
        session, **body.model_dump(exclude={"address_id"}), address_id=address.id, resource_id=resource_id
    )
    return await _document(session, room.id)


async def update_room(session: AsyncSession, *, principal: Principal, room_id: int, body: RoomUpdate) -> str:
    """Returns the room as JSON. Raises `RoomNotFoundError`, `NotCompanyAdminError`."""
    room, address = await _managed_room(session, principal=principal, room_id=room_id)
    for field, value in body.model_dump(exclude_unset=True).items():
        setattr(room, field, value)
    try:
        check_lengths(
            slot_minutes=room.slot_minutes, min_minutes=room.min_minutes, max_minutes=room.max_minutes
        )
    except ValueError as error:
        problem = {"field": "body", "message": str(error), "code": "value_error"}
        raise ValidationFailedError(errors=[problem]) from error
    await session.flush()
    await _tell_address(session, address)
    return await _document(session, room.id)


async def replace_prices(
    session: AsyncSession, *, principal: Principal, room_id: int, body: PricesUpdate
) -> str:
    """Returns the room as JSON; bookings made before keep their price."""
    room, address = await _managed_room(session, principal=principal, room_id=room_id)
    tiers = [Tier(tier.duration_minutes, tier.amount) for tier in body.prices]
    await repository.replace_prices(session, room_id=room.id, tiers=tiers)
    await _tell_address(session, address)
    return await _document(session, room.id)


async def get_room(database: Database, *, principal: Principal | None, room_id: int) -> str:
    """The room as JSON. Raises `RoomNotFoundError`, also where it isn't public and the principal not its owner."""
    found = await repository.find_document(FastReader(database), room_id)
    if found is None:
        raise RoomNotFoundError
    if not found["is_public"]:
        async with database.reading() as session:
            may_see = await companies.may_manage(session, principal=principal, company_id=found["company_id"])
        if not may_see:
            raise RoomNotFoundError
    document: str = found["document"]
    return document


async def list_rooms(connection: Rows, *, wanted: RoomFilter) -> str:
    """A page of public rooms as JSON, in order of their ids."""
    return await repository.list_documents(
        connection,
        address_id=wanted.address_id,
        city_id=wanted.city_id,
        page=wanted.page,
        size=wanted.size,
    )


async def get_offer(connection: Rows, *, room_id: int) -> Offer:
    """Raises `RoomNotFoundError` unless the room and its studio are on the market."""
    found = await repository.find_offer(connection, room_id)
    if found is None or not found["is_on_offer"]:
        raise RoomNotFoundError
    return _offer(found)


async def get_wishes(connection: Rows, *, room_id: int, span: Span) -> list[Wish]:
    """The time to take for a booking of this span, also of a room that is off the market by now.

    Raises `RoomNotFoundError`.
    """
    found = await repository.find_offer(connection, room_id)
    if found is None:
        raise RoomNotFoundError
    return _offer(found).wishes(span)


def _offer(found: asyncpg.Record) -> Offer:
    return Offer(
        room_id=found["room_id"],
        room_name=found["room_name"],
        address_id=found["address_id"],
        company_id=found["company_id"],
        currency=found["currency"],
        cancellation_policy=CancellationPolicy(found["cancellation_policy"]),
        resource_ids=tuple(found["resource_ids"]),
        zone=ZoneInfo(found["timezone"]),
        hours=_parse_hours(found["hours"]),
        tiers=_parse_tiers(found["tiers"]),
        slot_minutes=found["slot_minutes"],
        min_minutes=found["min_minutes"],
        max_minutes=found["max_minutes"],
        buffer_before_minutes=found["buffer_before_minutes"],
        buffer_after_minutes=found["buffer_after_minutes"],
        notice_minutes=found["notice_minutes"],
        horizon_days=found["horizon_days"],
    )


async def get_availability(
    connection: Rows, *, room_id: int, wanted: AvailabilityFilter, now: datetime
) -> bytes:
    """`AvailabilityRead` as JSON, by two statements whatever the period.

    Raises `RoomNotFoundError`, `PeriodTooLongError`.
    """
    if not 0 < (wanted.to - wanted.from_).days <= LONGEST_PERIOD_DAYS:
        raise PeriodTooLongError
    offer = await get_offer(connection, room_id=room_id)
    busy = await calendars.list_busy(
        connection,
        resource_ids=offer.resource_ids,
        span=availability.window(offer, wanted.from_, wanted.to),
    )
    days = availability.availability(
        offer,
        busy=busy,
        first=wanted.from_,
        last=wanted.to,
        duration_minutes=wanted.duration or offer.min_minutes,
        now=now,
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
                }
                for day in days
            ],
        }
    )


async def _managed_room(session: AsyncSession, *, principal: Principal, room_id: int) -> tuple[Room, Address]:
    """Raises `RoomNotFoundError` for who may not even see it, `NotCompanyAdminError` for who may."""
    room = await repository.find(session, room_id)
    if room is None:
        raise RoomNotFoundError
    try:
        address = await addresses.get_managed_address(
            session, principal=principal, address_id=room.address_id
        )
    except AddressNotFoundError:
        raise RoomNotFoundError from None
    except NotCompanyAdminError:
        if room.status is RoomStatus.ACTIVE:
            raise
        raise RoomNotFoundError from None
    return room, address


async def _tell_address(session: AsyncSession, address: Address) -> None:
    count = await repository.count_bookable(session, address.id)
    await addresses.set_bookable_rooms(session, address=address, count=count)


async def _document(session: AsyncSession, room_id: int) -> str:
    found = await repository.find_document(await driver(session), room_id)
    if found is None:
        raise RoomNotFoundError
    document: str = found["document"]
    return document


# Rows of the same studio carry the same text: parsed once.


@lru_cache(maxsize=1024)
def _parse_hours(rows: str | None) -> tuple[WeeklyHours, ...]:
    return tuple(
        WeeklyHours(weekday, HoursMode(mode), _parse_time(opens), _parse_time(closes))
        for weekday, mode, opens, closes in orjson.loads(rows or "[]")
    )


@lru_cache(maxsize=4096)
def _parse_tiers(rows: str | None) -> tuple[Tier, ...]:
    return tuple(Tier(minutes, amount) for minutes, amount in orjson.loads(rows or "[]"))


def _parse_time(value: str | None) -> time | None:
    return time.fromisoformat(value) if value is not None else None
