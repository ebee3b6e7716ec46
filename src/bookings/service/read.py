from collections.abc import Sequence
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings import reference, repository
from src.bookings.enums import HELD
from src.bookings.exceptions import BookingNotFoundError
from src.bookings.models import Booking
from src.bookings.schemas import BookingFilter, BookingRead, GuestRead
from src.core.identity import Principal
from src.core.money import Money
from src.core.pagination import PageRequest


async def get_booking(session: AsyncSession, *, principal: Principal, booking_id: int) -> BookingRead:
    """Raises `BookingNotFoundError`, also for one that the principal may not see."""
    found = await repository.find_visible(session, principal=principal, booking_id=booking_id)
    if found is None:
        raise BookingNotFoundError
    return as_read(found)


async def list_my_bookings(
    session: AsyncSession, *, principal: Principal, wanted: BookingFilter
) -> tuple[Sequence[BookingRead], int]:
    rows, total = await repository.list_own(
        session, principal=principal, series_id=wanted.series_id, limit=wanted.size, offset=wanted.offset
    )
    return [as_read(row) for row in rows], total


async def list_assigned_bookings(
    session: AsyncSession, *, principal: Principal, page: PageRequest
) -> tuple[Sequence[BookingRead], int]:
    """What a professional is booked for and isn't over."""
    rows, total = await repository.list_assigned(
        session, principal=principal, limit=page.size, offset=page.offset
    )
    return [as_read(row) for row in rows], total


def as_read(row: repository.BookingRow) -> BookingRead:
    booking: Booking = row.Booking
    zone = ZoneInfo(row.timezone)
    is_hold = row.status_now in HELD
    return BookingRead(
        id=booking.id,
        reference=reference.encode(booking.id),
        status=row.status_now,
        version=booking.version,
        room_id=booking.room_id,
        room_name=row.room_name,
        address_id=booking.address_id,
        address_name=row.address_name,
        company_id=booking.company_id,
        customer_id=booking.customer_id,
        guest=_guest(booking),
        event_id=booking.event_id,
        seats=booking.seats,
        series_id=booking.series_id,
        timezone=row.timezone,
        starts_at=booking.starts_at.astimezone(zone),
        ends_at=booking.ends_at.astimezone(zone),
        expires_at=booking.expires_at if is_hold else None,
        items=booking.items,
        total=Money(amount=booking.total_amount, currency=booking.currency),
        tax=Money(amount=booking.tax_amount, currency=booking.currency),
        paid=Money(amount=booking.paid_amount, currency=booking.currency),
        refund=Money(amount=booking.refund_amount, currency=booking.currency),
        returned=Money(amount=booking.returned_amount, currency=booking.currency),
        cancellation_policy=booking.cancellation_policy,
        created_at=booking.created_at,
    )


def _guest(booking: Booking) -> GuestRead | None:
    if booking.guest_name is None or booking.has_forgotten_guest:
        return None
    return GuestRead(name=booking.guest_name, email=booking.guest_email, phone=booking.guest_phone)
