"""Bookings with what one has to know of their studios: one of them, and lists. `visible_to` is their scope."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Row, Select, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from src.addresses.models import Address
from src.bookings.add_ons.models import BookingAddOn
from src.bookings.enums import BookingStatus
from src.bookings.models import Booking
from src.bookings.repository.clock import is_coming, status_now
from src.core.identity import Principal
from src.rooms.models import Room
from src.teams import policies as teams
from src.teams.models import TeamMember
from src.teams.permissions import Permission

# Of the bookings that stand against something: enough to begin with.
MOST_NAMED = 100

BookingRow = Row[Booking, BookingStatus, str, str, str]


def _rows() -> Select[Booking, BookingStatus, str, str, str]:
    """Bookings with what one has to know of their studios."""
    return (
        select(
            Booking,
            status_now().label("status_now"),
            Room.name.label("room_name"),
            Address.name.label("address_name"),
            Address.timezone.label("timezone"),
        )
        .join(Room, Room.id == Booking.room_id)
        .join(Address, Address.id == Booking.address_id)
    )


def visible_to(principal: Principal) -> Select[Booking, BookingStatus, str, str, str]:
    """One's own, those of the studios where one may read them, all for the platform's admins."""
    rows = _rows()
    if principal.is_admin:
        return rows
    is_theirs_to_read = teams.is_allowed(
        principal, Permission.READ_BOOKINGS, company_id=Booking.company_id, address_id=Booking.address_id
    )
    return rows.where(
        or_(Booking.customer_id == principal.user_id, is_theirs_to_read, _is_assigned(principal))
    )


def _is_assigned(principal: Principal) -> ColumnElement[bool]:
    """A professional reads what they are booked for, while they are of the team."""
    return exists().where(
        BookingAddOn.booking_id == Booking.id,
        BookingAddOn.member_id == TeamMember.id,
        TeamMember.user_id == principal.user_id,
        TeamMember.removed_at.is_(None),
    )


async def find_visible(session: AsyncSession, *, principal: Principal, booking_id: int) -> BookingRow | None:
    found = visible_to(principal).where(Booking.id == booking_id).execution_options(populate_existing=True)
    return (await session.execute(found)).one_or_none()


async def find_details(session: AsyncSession, booking_id: int) -> Row[Booking, Room, Address] | None:
    """Booking, room, address: what a mail needs."""
    details = (
        select(Booking, Room, Address)
        .join(Room, Room.id == Booking.room_id)
        .join(Address, Address.id == Booking.address_id)
        .where(Booking.id == booking_id)
    )
    return (await session.execute(details)).one_or_none()


async def list_own(
    session: AsyncSession, *, principal: Principal, series_id: int | None, limit: int, offset: int
) -> tuple[Sequence[BookingRow], int]:
    """The principal's own bookings, newest first, and how many there are."""
    is_own = Booking.customer_id == principal.user_id
    if series_id is not None:
        is_own &= Booking.series_id == series_id
    own = visible_to(principal).where(is_own).order_by(Booking.id.desc()).limit(limit).offset(offset)
    total = await session.scalar(select(func.count(Booking.id)).where(is_own))
    return (await session.execute(own)).all(), total or 0


async def list_assigned(
    session: AsyncSession, *, principal: Principal, limit: int, offset: int
) -> tuple[Sequence[BookingRow], int]:
    """Held or confirmed and not over, in order of start, and how many there are."""
    conditions = _is_assigned(principal), is_coming()
    assigned = _rows().where(*conditions).order_by(Booking.starts_at, Booking.id)
    total = await session.scalar(select(func.count(Booking.id)).where(*conditions))
    return (await session.execute(assigned.limit(limit).offset(offset))).all(), total or 0


async def list_of_customer(
    session: AsyncSession, *, user_id: int, limit: int, offset: int
) -> tuple[Sequence[BookingRow], int]:
    """Newest first, and how many there are."""
    total = await session.scalar(select(func.count(Booking.id)).where(Booking.customer_id == user_id))
    newest = _rows().where(Booking.customer_id == user_id).order_by(Booking.id.desc())
    return (await session.execute(newest.limit(limit).offset(offset))).all(), total or 0


async def list_all_of_customer(session: AsyncSession, user_id: int) -> Sequence[BookingRow]:
    return (await session.execute(_rows().where(Booking.customer_id == user_id).order_by(Booking.id))).all()


async def list_coming_of_customer(session: AsyncSession, user_id: int) -> Sequence[int]:
    coming = select(Booking.id).where(Booking.customer_id == user_id, is_coming())
    return (await session.scalars(coming.order_by(Booking.id))).all()


async def list_coming_at_address(session: AsyncSession, address_id: int) -> Sequence[int]:
    coming = select(Booking.id).where(Booking.address_id == address_id, is_coming())
    return (await session.scalars(coming.order_by(Booking.id))).all()


async def list_companies_with_coming(session: AsyncSession, company_ids: Sequence[int]) -> Sequence[int]:
    coming = select(Booking.company_id).distinct().where(Booking.company_id.in_(company_ids), is_coming())
    return (await session.scalars(coming.order_by(Booking.company_id))).all()


async def list_coming_of_company(session: AsyncSession, company_id: int) -> Sequence[int]:
    coming = select(Booking.id).where(Booking.company_id == company_id, is_coming())
    return (await session.scalars(coming.order_by(Booking.starts_at).limit(MOST_NAMED))).all()


async def has_booked_with(session: AsyncSession, *, customer_id: int, company_id: int) -> bool:
    known = select(Booking.id).where(Booking.customer_id == customer_id, Booking.company_id == company_id)
    return await session.scalar(known.limit(1)) is not None
