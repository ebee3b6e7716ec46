"""Who comes to an event, and who has come."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings import reference
from src.bookings.exceptions import IllegalMoveError
from src.bookings.models import Booking
from src.bookings.seats import repository
from src.bookings.seats.exceptions import AttendeeNotFoundError
from src.bookings.seats.schemas import AttendeeRead
from src.companies import audit
from src.core.identity import Principal
from src.core.pagination import PageRequest
from src.events import policies
from src.teams.permissions import Permission


async def list_attendees(
    session: AsyncSession, *, principal: Principal, event_id: int, page: PageRequest | None
) -> tuple[Sequence[AttendeeRead], int]:
    """A page, or everybody. Raises `EventNotFoundError`, `PermissionMissingError`."""
    await policies.require(
        session, principal=principal, event_id=event_id, permission=Permission.READ_BOOKINGS
    )
    rows, total = await repository.list_attendees(
        session, event_id, limit=page.size if page else None, offset=page.offset if page else 0
    )
    return [_read(row) for row in rows], total


async def check_in(
    session: AsyncSession, *, principal: Principal, event_id: int, booking_id: int
) -> AttendeeRead:
    """Safe to repeat; also when the event is over.

    Raises `EventNotFoundError`, `PermissionMissingError`, `AttendeeNotFoundError`, and `IllegalMoveError` for a
    no-show.
    """
    await policies.require(
        session, principal=principal, event_id=event_id, permission=Permission.MANAGE_BOOKINGS
    )
    row = await repository.check_in(session, event_id=event_id, booking_id=booking_id)
    if row is None:
        raise AttendeeNotFoundError
    if row.Booking.checked_in_at is None:
        raise IllegalMoveError("Take back first that they didn't come.", status_now=row.Booking.status)
    return _read(row)


async def undo_check_in(
    session: AsyncSession, *, principal: Principal, event_id: int, booking_id: int
) -> AttendeeRead:
    """Safe to repeat; the audit trail keeps the time that is taken back. Locks the booking.

    Raises like `check_in`.
    """
    await policies.require(
        session, principal=principal, event_id=event_id, permission=Permission.MANAGE_BOOKINGS
    )
    row = await repository.find_attendee_locked(session, event_id=event_id, booking_id=booking_id)
    if row is None:
        raise AttendeeNotFoundError
    booking: Booking = row.Booking
    changes = audit.apply(booking, {"checked_in_at": None})
    if changes:
        await session.flush()
        await audit.record(
            session,
            principal=principal,
            company_id=booking.company_id,
            action="booking.check_in_undone",
            subject_id=booking.id,
            changes=changes,
        )
    return _read(row)


def as_rows(everybody: Sequence[AttendeeRead]) -> list[list[str]]:
    """A table with its head."""
    head = ["reference", "name", "email", "seats", "status", "checked_in_at"]
    return [
        head,
        *(
            [
                one.reference,
                one.name,
                one.email,
                str(one.seats),
                one.status.value,
                one.checked_in_at.isoformat() if one.checked_in_at else "",
            ]
            for one in everybody
        ),
    ]


def _read(row: repository.AttendeeRow) -> AttendeeRead:
    booking, customer = row
    assert booking.seats is not None
    return AttendeeRead(
        booking_id=booking.id,
        reference=reference.encode(booking.id),
        name=f"{customer.firstname} {customer.lastname}",
        email=customer.email,
        seats=booking.seats,
        status=booking.status,
        checked_in_at=booking.checked_in_at,
    )
