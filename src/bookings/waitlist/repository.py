from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from src.addresses.models import Address
from src.bookings.waitlist.enums import WaitStatus
from src.bookings.waitlist.models import WaitlistEntry
from src.calendars.models import LONGEST_OCCUPANCY_DAYS, Occupancy
from src.core.pagination import PageRequest
from src.rooms.models import Room
from src.users.models import User

LIVE = (WaitStatus.WAITING, WaitStatus.OFFERED)

EntryRow = Row[WaitlistEntry, str]


async def insert(session: AsyncSession, **values: Any) -> WaitlistEntry:
    entry = WaitlistEntry(**values)
    session.add(entry)
    await session.flush()
    return entry


def _rows() -> Select[WaitlistEntry, str]:
    """With the zone of the studio."""
    return (
        select(WaitlistEntry, Address.timezone)
        .join(Room, Room.id == WaitlistEntry.room_id)
        .join(Address, Address.id == Room.address_id)
        .execution_options(populate_existing=True)
    )


async def find(session: AsyncSession, entry_id: int) -> EntryRow:
    return (await session.execute(_rows().where(WaitlistEntry.id == entry_id))).one()


async def find_own_locked(session: AsyncSession, *, customer_id: int, entry_id: int) -> WaitlistEntry | None:
    own = select(WaitlistEntry).where(WaitlistEntry.id == entry_id, WaitlistEntry.customer_id == customer_id)
    return await session.scalar(own.with_for_update(), execution_options={"populate_existing": True})


async def count_live(session: AsyncSession, customer_id: int) -> int:
    live = select(func.count(WaitlistEntry.id)).where(
        WaitlistEntry.customer_id == customer_id, WaitlistEntry.status.in_(LIVE)
    )
    return await session.scalar(live) or 0


async def list_own(
    session: AsyncSession, customer_id: int, page: PageRequest
) -> tuple[Sequence[EntryRow], int]:
    """Newest first, and how many there are."""
    own = WaitlistEntry.customer_id == customer_id
    total = await session.scalar(select(func.count(WaitlistEntry.id)).where(own))
    rows = _rows().where(own).order_by(WaitlistEntry.id.desc()).limit(page.size).offset(page.offset)
    return (await session.execute(rows)).all(), total or 0


async def list_all_own(session: AsyncSession, customer_id: int) -> Sequence[EntryRow]:
    own = _rows().where(WaitlistEntry.customer_id == customer_id)
    return (await session.execute(own.order_by(WaitlistEntry.id))).all()


def _seems_free() -> ColumnElement[bool]:
    """Of the room itself; its parts and the locks are `calendars.claim`'s."""
    minute = timedelta(minutes=1)
    starts_at = WaitlistEntry.starts_at - Room.buffer_before_minutes * minute
    ends_at = WaitlistEntry.ends_at + Room.buffer_after_minutes * minute
    return ~exists().where(
        Occupancy.resource_id == Room.resource_id,
        Occupancy.starts_at > starts_at - timedelta(days=LONGEST_OCCUPANCY_DAYS),
        Occupancy.starts_at < ends_at,
        Occupancy.ends_at > starts_at,
        Occupancy.expires_at.is_(None) | (Occupancy.expires_at > func.clock_timestamp()),
    )


async def list_next_for_time(
    session: AsyncSession, *, address_id: int | None, after_id: int, limit: int
) -> Sequence[WaitlistEntry]:
    """Of one studio, or of all: first in line first, whose time seems free. Waits for their locks."""
    waiting = (
        select(WaitlistEntry)
        .join(Room, Room.id == WaitlistEntry.room_id)
        .where(
            WaitlistEntry.status == WaitStatus.WAITING,
            WaitlistEntry.event_id.is_(None),
            WaitlistEntry.id > after_id,
            WaitlistEntry.starts_at > func.clock_timestamp(),
            _seems_free(),
        )
    )
    if address_id is not None:
        waiting = waiting.where(Room.address_id == address_id)
    return await _locked(session, waiting, limit)


async def list_next_for_seats(
    session: AsyncSession, *, event_id: int, after_id: int, limit: int
) -> Sequence[WaitlistEntry]:
    waiting = select(WaitlistEntry).where(
        WaitlistEntry.status == WaitStatus.WAITING,
        WaitlistEntry.event_id == event_id,
        WaitlistEntry.id > after_id,
    )
    return await _locked(session, waiting, limit)


async def _locked(
    session: AsyncSession, waiting: Select[WaitlistEntry], limit: int
) -> Sequence[WaitlistEntry]:
    """Whoever is deactivated is passed over, and keeps their place."""
    active = waiting.join(User, User.id == WaitlistEntry.customer_id).where(User.deactivated_at.is_(None))
    in_line = active.order_by(WaitlistEntry.id).limit(limit).with_for_update(of=WaitlistEntry)
    return (await session.scalars(in_line, execution_options={"populate_existing": True})).all()


async def list_awaited_events(session: AsyncSession) -> Sequence[int]:
    awaited = select(WaitlistEntry.event_id).where(
        WaitlistEntry.status == WaitStatus.WAITING, WaitlistEntry.event_id.is_not(None)
    )
    return [event_id for event_id in await session.scalars(awaited.distinct()) if event_id is not None]


async def set_status(session: AsyncSession, entry_id: int, status: WaitStatus, **values: Any) -> None:
    changed = update(WaitlistEntry).where(WaitlistEntry.id == entry_id).values(status=status, **values)
    await session.execute(changed.execution_options(synchronize_session="fetch"))


async def close_offer(session: AsyncSession, *, booking_id: int, status: WaitStatus) -> None:
    """Does nothing for a booking that nobody was offered."""
    offered = update(WaitlistEntry).where(
        WaitlistEntry.booking_id == booking_id, WaitlistEntry.status == WaitStatus.OFFERED
    )
    await session.execute(offered.values(status=status).execution_options(synchronize_session=False))


async def lapse_past(session: AsyncSession) -> None:
    past = update(WaitlistEntry).where(
        WaitlistEntry.status == WaitStatus.WAITING, WaitlistEntry.starts_at <= func.clock_timestamp()
    )
    await session.execute(past.values(status=WaitStatus.LAPSED).execution_options(synchronize_session=False))


async def lapse_event(session: AsyncSession, event_id: int) -> None:
    waiting = update(WaitlistEntry).where(
        WaitlistEntry.status == WaitStatus.WAITING, WaitlistEntry.event_id == event_id
    )
    await session.execute(
        waiting.values(status=WaitStatus.LAPSED).execution_options(synchronize_session=False)
    )


async def move_event(session: AsyncSession, event_id: int, **times: Any) -> None:
    waiting = update(WaitlistEntry).where(
        WaitlistEntry.status == WaitStatus.WAITING, WaitlistEntry.event_id == event_id
    )
    await session.execute(waiting.values(**times).execution_options(synchronize_session=False))


async def leave_all(session: AsyncSession, customer_id: int) -> None:
    theirs = update(WaitlistEntry).where(
        WaitlistEntry.customer_id == customer_id, WaitlistEntry.status == WaitStatus.WAITING
    )
    await session.execute(theirs.values(status=WaitStatus.LEFT).execution_options(synchronize_session=False))


async def find_address_id(session: AsyncSession, room_id: int) -> int | None:
    return await session.scalar(select(Room.address_id).where(Room.id == room_id))
