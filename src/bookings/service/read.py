from collections.abc import Sequence
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings import reference, repository
from src.bookings.enums import BookingStatus
from src.bookings.exceptions import BookingNotFoundError
from src.bookings.models import Booking
from src.bookings.schemas import BookingRead
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
    session: AsyncSession, *, principal: Principal, page: PageRequest
) -> tuple[Sequence[BookingRead], int]:
    rows, total = await repository.list_own(session, principal=principal, limit=page.size, offset=page.offset)
    return [as_read(row) for row in rows], total


def as_read(row: repository.BookingRow) -> BookingRead:
    booking: Booking = row.Booking
    zone = ZoneInfo(row.timezone)
    is_hold = row.status_now is BookingStatus.PENDING
    return BookingRead(
        id=booking.id,
        reference=reference.encode(booking.id),
        status=row.status_now,
        room_id=booking.room_id,
        room_name=row.room_name,
        address_id=booking.address_id,
        address_name=row.address_name,
        company_id=booking.company_id,
        customer_id=booking.customer_id,
        timezone=row.timezone,
        starts_at=booking.starts_at.astimezone(zone),
        ends_at=booking.ends_at.astimezone(zone),
        expires_at=booking.expires_at if is_hold else None,
        items=booking.items,
        total=Money(amount=booking.total_amount, currency=booking.currency),
        paid=Money(amount=booking.paid_amount, currency=booking.currency),
        refund=Money(amount=booking.refund_amount, currency=booking.currency),
        cancellation_policy=booking.cancellation_policy,
        created_at=booking.created_at,
    )
