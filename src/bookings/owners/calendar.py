from collections.abc import Iterable
from datetime import datetime
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg

from src.addresses import policies as addresses
from src.addresses.exceptions import AddressNotFoundError
from src.addresses.localtime import midnight
from src.bookings import reference
from src.bookings.owners import repository
from src.bookings.owners.schemas import (
    CalendarBooking,
    CalendarEntry,
    CalendarRead,
    CalendarRoom,
    PeriodFilter,
)
from src.core.database import Database, FastReader
from src.core.identity import Principal
from src.rooms.exceptions import PeriodTooLongError
from src.teams import policies as teams
from src.teams.permissions import Permission

LONGEST_PERIOD_DAYS = 62


async def get_calendar(
    database: Database, *, principal: Principal, address_id: int, wanted: PeriodFilter
) -> CalendarRead:
    """All that takes time in the rooms of a studio. Customers are named to those who may read bookings.

    Raises `PeriodTooLongError`, `AddressNotFoundError`, `PermissionMissingError`.
    """
    if not 0 < (wanted.to - wanted.from_).days <= LONGEST_PERIOD_DAYS:
        raise PeriodTooLongError
    async with database.reading() as session:
        address = await repository.find_address(session, address_id)
        if address is None:
            raise AddressNotFoundError
        await addresses.require(
            session, principal=principal, address=address, permission=Permission.SEE_STUDIO
        )
        names_customers = await teams.may(
            session,
            principal=principal,
            permission=Permission.READ_BOOKINGS,
            company_id=address.company_id,
            address_id=address.id,
        )
    zone = ZoneInfo(address.timezone)
    rows = await repository.list_calendar(
        FastReader(database),
        address_id=address.id,
        starts_at=midnight(wanted.from_, zone),
        ends_at=midnight(wanted.to, zone),
    )
    by_room = groupby(rows, key=lambda row: (row["room_id"], row["room_name"]))
    return CalendarRead(
        address_id=address.id,
        timezone=zone.key,
        rooms=[
            CalendarRoom(room_id=room_id, room_name=room_name, entries=_entries(taken, zone, names_customers))
            for (room_id, room_name), taken in by_room
        ],
    )


def _entries(rows: Iterable[asyncpg.Record], zone: ZoneInfo, names_customers: bool) -> list[CalendarEntry]:  # noqa: FBT001
    return [
        CalendarEntry(
            kind=row["kind"],
            starts_at=_local(row["starts_at"], zone),
            ends_at=_local(row["ends_at"], zone),
            booking=_booking(row, zone, names_customers) if row["booking_id"] else None,
        )
        for row in rows
        if row["kind"] is not None  # a room with nothing taken
    ]


def _booking(row: Any, zone: ZoneInfo, names_customers: bool) -> CalendarBooking:  # noqa: FBT001
    return CalendarBooking(
        id=row["booking_id"],
        reference=reference.encode(row["booking_id"]),
        status=row["status"],
        room_id=row["booked_room_id"],
        starts_at=_local(row["booking_starts_at"], zone),
        ends_at=_local(row["booking_ends_at"], zone),
        customer_id=row["customer_id"] if names_customers else None,
        customer_name=row["customer_name"] if names_customers else None,
    )


def _local(instant: datetime, zone: ZoneInfo) -> datetime:
    return instant.astimezone(zone)
