"""The moves that an owner makes, and the one that the clock makes. Each locks the booking.

All raise `BookingNotFoundError`, `PermissionMissingError`, `BookingChangedError`, `IllegalMoveError`.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings import repository
from src.bookings.deadlines import Deadlines
from src.bookings.enums import Actor, BookingStatus
from src.bookings.events import (
    BookingApproved,
    BookingCompleted,
    BookingDeclined,
    BookingNoShow,
    NoShowTakenBack,
)
from src.bookings.exceptions import BookingNotFoundError, IllegalMoveError, TooEarlyError, TooLateError
from src.bookings.lifecycle import check_move
from src.bookings.models import Booking
from src.bookings.rescheduling import closing
from src.bookings.schemas import (
    BookingRead,
    CancellationCreate,
    ChangeRead,
    MoveCreate,
    MoveRead,
    StatusUpdate,
)
from src.bookings.service import access, holdings
from src.bookings.service.cancel import cancel_booking
from src.bookings.service.read import get_booking
from src.calendars import service as calendars
from src.companies import audit
from src.core import events
from src.core.identity import Principal
from src.teams.permissions import Permission

BATCH = 200


async def approve(
    session: AsyncSession, *, principal: Principal, booking_id: int, body: MoveCreate, deadlines: Deadlines
) -> BookingRead:
    """The customer may pay from now on; the time is held for that, never past its start."""
    booking = await _lock(session, principal, booking_id, body.version)
    await _check(session, booking, BookingStatus.PENDING)
    expires_at = await calendars.extend(
        session, claim_id=booking.time_claim_id, hold=deadlines.payment, latest=booking.starts_at
    )
    if expires_at is None:
        raise IllegalMoveError(status_now=BookingStatus.EXPIRED)
    await _move(session, principal, booking, BookingStatus.PENDING, body.reason, expires_at=expires_at)
    await events.publish(session, BookingApproved(booking_id=booking.id))
    return await get_booking(session, principal=principal, booking_id=booking.id)


async def decline(
    session: AsyncSession, *, principal: Principal, booking_id: int, body: MoveCreate
) -> BookingRead:
    """The time is free at once."""
    booking = await _lock(session, principal, booking_id, body.version)
    await _check(session, booking, BookingStatus.DECLINED)
    await _move(session, principal, booking, BookingStatus.DECLINED, body.reason)
    await holdings.release(session, booking)
    await events.publish(session, BookingDeclined(booking_id=booking.id))
    return await get_booking(session, principal=principal, booking_id=booking.id)


async def complete(
    session: AsyncSession, *, principal: Principal, booking_id: int, body: MoveCreate, deadlines: Deadlines
) -> BookingRead:
    """Once its time is over; of a no-show it takes that back. Raises `TooEarlyError`, `TooLateError`."""
    booking = await _lock(session, principal, booking_id, body.version)
    await _check(session, booking, BookingStatus.COMPLETED)
    if await repository.get_clock(session) < booking.ends_at:
        raise TooEarlyError.until(booking.ends_at)
    if booking.status is BookingStatus.NO_SHOW:
        return await _take_back(session, principal, booking, BookingStatus.COMPLETED, body.reason, deadlines)
    await _move(session, principal, booking, BookingStatus.COMPLETED, body.reason)
    await closing.close_open(session, booking=booking)
    await events.publish(session, BookingCompleted(booking_id=booking.id))
    return await get_booking(session, principal=principal, booking_id=booking.id)


async def mark_no_show(
    session: AsyncSession, *, principal: Principal, booking_id: int, body: MoveCreate, deadlines: Deadlines
) -> BookingRead:
    """From the start on, for some days; nothing goes back. Raises `TooEarlyError`, `TooLateError`."""
    booking = await _lock(session, principal, booking_id, body.version)
    await _check(session, booking, BookingStatus.NO_SHOW)
    clock = await repository.get_clock(session)
    if clock < booking.starts_at:
        raise TooEarlyError.until(booking.starts_at)
    if clock > booking.starts_at + deadlines.no_show:
        raise TooLateError
    await _move(session, principal, booking, BookingStatus.NO_SHOW, body.reason)
    await closing.close_open(session, booking=booking)
    await events.publish(session, BookingNoShow(booking_id=booking.id))
    return await get_booking(session, principal=principal, booking_id=booking.id)


async def take_back_no_show(
    session: AsyncSession, *, principal: Principal, booking_id: int, body: MoveCreate, deadlines: Deadlines
) -> BookingRead:
    """They came: it is completed, or confirmed while its time isn't over. Raises `TooLateError`.

    The money stays where it is: a no-show is earned like any booking that takes place (docs/adr/0021).
    """
    booking = await _lock(session, principal, booking_id, body.version)
    await _check(session, booking, BookingStatus.CONFIRMED)  # what an owner makes of a no-show only
    is_over = booking.ends_at <= await repository.get_clock(session)
    to_status = BookingStatus.COMPLETED if is_over else BookingStatus.CONFIRMED
    return await _take_back(session, principal, booking, to_status, body.reason, deadlines)


async def _take_back(
    session: AsyncSession,
    principal: Principal,
    booking: Booking,
    to_status: BookingStatus,
    reason: str,
    deadlines: Deadlines,
) -> BookingRead:
    said_at = await repository.get_last_moved_at(session, booking.id)
    if await repository.get_clock(session) > said_at + deadlines.no_show:
        raise TooLateError
    await _move(session, principal, booking, to_status, reason)
    await events.publish(session, NoShowTakenBack(booking_id=booking.id))
    return await get_booking(session, principal=principal, booking_id=booking.id)


async def move_to(
    session: AsyncSession,
    *,
    principal: Principal,
    booking_id: int,
    body: StatusUpdate,
    deadlines: Deadlines,
    now: datetime,
) -> BookingRead:
    """The same moves by the name of where they lead; nobody asks for one that the system makes."""
    who: dict[str, Any] = {"session": session, "principal": principal, "booking_id": booking_id}
    move = MoveCreate(reason=body.reason, version=body.version)
    cancellation = CancellationCreate(reason=body.reason, version=body.version)
    moves: dict[BookingStatus, Callable[[], Awaitable[BookingRead]]] = {
        BookingStatus.PENDING: lambda: approve(**who, body=move, deadlines=deadlines),
        BookingStatus.DECLINED: lambda: decline(**who, body=move),
        BookingStatus.COMPLETED: lambda: complete(**who, body=move, deadlines=deadlines),
        BookingStatus.NO_SHOW: lambda: mark_no_show(**who, body=move, deadlines=deadlines),
        BookingStatus.CANCELLED: lambda: cancel_booking(**who, body=cancellation, now=now),
    }
    if body.status not in moves:
        await get_booking(session, principal=principal, booking_id=booking_id)
        raise IllegalMoveError(f"Nobody makes a booking {body.status.value} by hand.")
    return await moves[body.status]()


async def complete_past_bookings(session: AsyncSession) -> int:
    """Bookings whose time is over; returns how many. Locks them with SKIP LOCKED: two sweeps are harmless."""
    ended = await repository.ended_bookings(session, limit=BATCH)
    for booking in ended:
        check_move(booking.status, BookingStatus.COMPLETED, Actor.SYSTEM)
        await repository.record_move(
            session,
            booking=booking,
            to_status=BookingStatus.COMPLETED,
            actor=Actor.SYSTEM,
            actor_id=None,
            reason="its time is over",
        )
        await closing.close_open(session, booking=booking)
        await events.publish(session, BookingCompleted(booking_id=booking.id))
    return len(ended)


async def list_history(session: AsyncSession, *, principal: Principal, booking_id: int) -> list[MoveRead]:
    """Oldest first; who by their role, not by their name. Raises `BookingNotFoundError`."""
    if await repository.find_visible(session, principal=principal, booking_id=booking_id) is None:
        raise BookingNotFoundError
    return [
        MoveRead(
            from_status=move.from_status,
            to_status=move.to_status,
            actor=move.actor,
            reason=move.reason,
            changes={
                field: ChangeRead(before=before, after=after)
                for field, (before, after) in move.changes.items()
            },
            created_at=move.created_at,
        )
        for move in await repository.list_moves(session, booking_id)
    ]


async def _lock(session: AsyncSession, principal: Principal, booking_id: int, version: int | None) -> Booking:
    return await access.lock_for_owner(
        session,
        principal=principal,
        booking_id=booking_id,
        permission=Permission.MANAGE_BOOKINGS,
        version=version,
    )


async def _check(session: AsyncSession, booking: Booking, wanted: BookingStatus) -> None:
    check_move(await repository.get_status_now(session, booking.id), wanted, Actor.OWNER)


async def _move(
    session: AsyncSession,
    principal: Principal,
    booking: Booking,
    to_status: BookingStatus,
    reason: str,
    **values: Any,
) -> None:
    await audit.record(
        session,
        principal=principal,
        company_id=booking.company_id,
        action=_action(booking.status, to_status),
        subject_id=booking.id,
        changes={"status": (booking.status, to_status)},
    )
    await repository.record_move(
        session,
        booking=booking,
        to_status=to_status,
        actor=Actor.OWNER,
        actor_id=principal.user_id,
        reason=reason,
        **values,
    )


def _action(from_status: BookingStatus, to_status: BookingStatus) -> str:
    """As the audit trail calls it."""
    if from_status is BookingStatus.NO_SHOW:
        return "booking.no_show_taken_back"
    if to_status is BookingStatus.PENDING:
        return "booking.approved"
    return f"booking.{to_status.value}"
