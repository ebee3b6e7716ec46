from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Row, Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from src.addresses.models import Address
from src.bookings.add_ons.models import BookingAddOn
from src.bookings.enums import BookingStatus
from src.bookings.models import Booking, BookingMove
from src.calendars.models import LONGEST_OCCUPANCY, Occupancy
from src.calendars.service import Span
from src.rooms.models import Room
from src.users.models import User

MOST_ENTRIES = 2_000

EntryRow = Row[Booking, Room, Address, User | None, int, datetime]


def _entries() -> Select[Booking, Room, Address, User | None, int, datetime]:
    """Bookings that were confirmed at some time, whatever has become of them, with the count of their changes."""
    changes = (
        select(
            (func.count() - 1).label("sequence"),
            func.max(BookingMove.created_at).label("changed_at"),
            func.bool_or(BookingMove.to_status == BookingStatus.CONFIRMED).label("was_confirmed"),
        )
        .where(BookingMove.booking_id == Booking.id)
        .correlate(Booking)
        .lateral("changes")
    )
    return (
        select(Booking, Room, Address, User, changes.c.sequence, changes.c.changed_at)
        .join(Room, Room.id == Booking.room_id)
        .join(Address, Address.id == Booking.address_id)
        .outerjoin(User, User.id == Booking.customer_id)
        .join(changes, changes.c.was_confirmed)
    )


def of_customer(user_id: int) -> ColumnElement[bool]:
    return Booking.customer_id == user_id


def of_room(room_id: int, *, resource_id: int, window: Span) -> ColumnElement[bool]:
    """Its own, and those of rooms that it is a part of; seats are in it as their event, which takes the time."""
    is_own = (Booking.room_id == room_id) & Booking.event_id.is_(None)
    return or_(is_own, _taking(resource_id, window=window))


def of_member(member_id: int) -> ColumnElement[bool]:
    """What a professional comes with; also what is cancelled, which takes their time no more."""
    return Booking.id.in_(select(BookingAddOn.booking_id).where(BookingAddOn.member_id == member_id))


def _taking(resource_id: int, *, window: Span) -> ColumnElement[bool]:
    claims = select(Occupancy.claim_id).where(
        Occupancy.resource_id == resource_id,
        Occupancy.starts_at > window.starts_at - LONGEST_OCCUPANCY,
        Occupancy.starts_at < window.ends_at,
    )
    return Booking.claim_id.in_(claims)


async def list_entries(
    session: AsyncSession, which: ColumnElement[bool], *, window: Span, cancelled_since: datetime
) -> Sequence[EntryRow]:
    entries = _entries()
    changed_at = entries.selected_columns.changed_at
    entries = (
        entries.where(
            which,
            Booking.starts_at < window.ends_at,
            Booking.ends_at > window.starts_at,
            or_(Booking.status != BookingStatus.CANCELLED, changed_at > cancelled_since),
        )
        .order_by(Booking.starts_at.desc(), Booking.id.desc())
        .limit(MOST_ENTRIES)
    )
    return (await session.execute(entries)).all()


async def find_entry(session: AsyncSession, booking_id: int) -> EntryRow | None:
    return (await session.execute(_entries().where(Booking.id == booking_id))).one_or_none()
