"""The moves that people make. Each locks the appointment.

All raise `AppointmentNotFoundError`, `PermissionMissingError`, `AppointmentChangedError`,
`IllegalAppointmentMoveError`, `VisitTooEarlyError`, `VisitTooLateError`.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from src.appointments import repository
from src.appointments.enums import AppointmentStatus
from src.appointments.events import AppointmentCancelled, AppointmentConfirmed, AppointmentDeclined
from src.appointments.exceptions import VisitTooEarlyError, VisitTooLateError
from src.appointments.lifecycle import check_move
from src.appointments.models import Appointment
from src.appointments.schemas import AppointmentRead, AppointmentStatusUpdate
from src.appointments.service import access
from src.appointments.service.access import Locked
from src.appointments.service.booking import confirmation
from src.appointments.service.read import as_read
from src.bookings.enums import Actor
from src.calendars import service as calendars
from src.companies import audit
from src.core import events
from src.core.events import Event
from src.core.identity import Principal

# Can be said only before the visit begins; the others only from then on.
BEFOREHAND = {AppointmentStatus.CONFIRMED, AppointmentStatus.DECLINED, AppointmentStatus.CANCELLED}
GIVES_TIME_BACK = {AppointmentStatus.DECLINED, AppointmentStatus.CANCELLED}
EVENTS: dict[AppointmentStatus, Callable[..., Event]] = {
    AppointmentStatus.CONFIRMED: AppointmentConfirmed,
    AppointmentStatus.DECLINED: AppointmentDeclined,
    AppointmentStatus.CANCELLED: AppointmentCancelled,
}


async def set_status(
    session: AsyncSession,
    *,
    principal: Principal,
    appointment_id: int,
    body: AppointmentStatusUpdate,
    now: datetime,
    no_show_days: int,
) -> AppointmentRead:
    """Cancelling is for both sides, the rest for the studio's. A no-show can be said for so many days."""
    lock = access.lock if body.status is AppointmentStatus.CANCELLED else access.lock_for_studio
    locked = await lock(session, principal=principal, appointment_id=appointment_id, version=body.version)
    check_move(locked.appointment.status, body.status, locked.actor)
    _check_time(locked.appointment, body.status, now, timedelta(days=no_show_days))
    await _record(session, principal, locked, body.status)
    await move(
        session,
        appointment=locked.appointment,
        to_status=body.status,
        actor=locked.actor,
        actor_id=principal.user_id,
        reason=body.reason,
        now=now,
    )
    return as_read(await repository.get(session, appointment_id))


async def move(
    session: AsyncSession,
    *,
    appointment: Appointment,
    to_status: AppointmentStatus,
    actor: Actor,
    actor_id: int | None,
    reason: str,
    now: datetime,
) -> None:
    """Of a locked appointment: with what follows from the move, and who is told."""
    values: dict[str, Any] = confirmation(
        to_status, appointment.starts_at, first_at=appointment.confirmed_at, now=now
    )
    await repository.record_move(
        session,
        appointment=appointment,
        to_status=to_status,
        actor=actor,
        actor_id=actor_id,
        reason=reason,
        **values,
    )
    if to_status in GIVES_TIME_BACK:
        await calendars.release(session, claim_id=appointment.claim_id)
    if to_status in EVENTS:
        await events.publish(session, EVENTS[to_status](appointment_id=appointment.id))


def _check_time(
    appointment: Appointment, wanted: AppointmentStatus, now: datetime, no_show_for: timedelta
) -> None:
    has_begun = appointment.starts_at <= now
    if wanted in BEFOREHAND:
        if has_begun:
            raise VisitTooLateError
    elif not has_begun:
        raise VisitTooEarlyError(not_before=appointment.starts_at.isoformat())
    if wanted is AppointmentStatus.NO_SHOW and now > appointment.starts_at + no_show_for:
        raise VisitTooLateError


async def _record(
    session: AsyncSession, principal: Principal, locked: Locked, to_status: AppointmentStatus
) -> None:
    if locked.actor is not Actor.OWNER:
        return
    await audit.record(
        session,
        principal=principal,
        company_id=locked.company_id,
        action=f"appointment.{to_status.value}",
        subject_id=locked.appointment.id,
        changes={"status": (locked.appointment.status, to_status)},
    )
