from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from src.addresses.localtime import requested_instant
from src.appointments import repository
from src.appointments.desk import Desk
from src.appointments.enums import AppointmentStatus, NotThen
from src.appointments.events import AppointmentMoved
from src.appointments.exceptions import NotAVisitingTimeError, VisitsNotOfferedError, VisitTooLateError
from src.appointments.lifecycle import check_reschedule
from src.appointments.models import Appointment
from src.appointments.schemas import AppointmentRead, RescheduleCreate
from src.appointments.service import access
from src.appointments.service.access import Locked
from src.appointments.service.booking import confirmation
from src.appointments.service.read import as_read
from src.appointments.visiting.service import get_kept_desk_of_appointment
from src.bookings.enums import Actor
from src.calendars import service as calendars
from src.calendars.enums import OccupancyKind
from src.calendars.service import Span, Wish
from src.companies import audit
from src.core import events
from src.core.identity import Principal


async def reschedule(
    session: AsyncSession, *, principal: Principal, appointment_id: int, body: RescheduleCreate, now: datetime
) -> AppointmentRead:
    """Another time: for the customer within the visiting hours, for the studio at any time to come.

    What the customer moves waits for the studio's yes again where the studio wants that; what the studio moves is
    confirmed. The old time is given up in the transaction that takes the new one, so it is kept when that is taken.

    Locks the appointment, the studio against changes, then like `calendars.claim`. Raises
    `AppointmentNotFoundError`, `PermissionMissingError`, `AppointmentChangedError`, `IllegalAppointmentMoveError`,
    `VisitTooLateError`, `VisitsNotOfferedError`, `LocalTimeSkippedError`, `NotAVisitingTimeError`, `SlotTakenError`.
    """
    locked = await access.lock(
        session, principal=principal, appointment_id=appointment_id, version=body.version
    )
    appointment = locked.appointment
    desk = await get_kept_desk_of_appointment(session, address_id=appointment.address_id)
    is_settled = locked.actor is Actor.OWNER or desk.is_confirmed_at_once
    status = AppointmentStatus.CONFIRMED if is_settled else AppointmentStatus.REQUESTED
    check_reschedule(appointment.status, status, locked.actor)
    if appointment.starts_at <= now:
        raise VisitTooLateError
    visit = desk.visit_at(requested_instant(body.starts_at, desk.zone))
    _check(desk, visit, locked.actor, now)
    await calendars.release(session, claim_id=appointment.claim_id)
    claim = await calendars.claim(
        session,
        wishes=[Wish(desk.resource_id, desk.occupied(visit))],
        kind=OccupancyKind.TOUR,
        hold=None,
    )
    await _record(session, principal, locked, visit)
    await repository.record_move(
        session,
        appointment=appointment,
        to_status=status,
        actor=locked.actor,
        actor_id=principal.user_id,
        reason=body.reason,
        changes={"starts_at": [appointment.starts_at.isoformat(), visit.starts_at.isoformat()]},
        claim_id=claim.id,
        starts_at=visit.starts_at,
        ends_at=visit.ends_at,
        **confirmation(status, visit.starts_at, first_at=appointment.confirmed_at, now=now),
    )
    await events.publish(session, AppointmentMoved(appointment_id=appointment.id))
    return as_read(await repository.get(session, appointment.id))


def _check(desk: Desk, visit: Span, actor: Actor, now: datetime) -> None:
    if actor is Actor.OWNER:
        if visit.starts_at <= now:
            raise NotAVisitingTimeError(reason=NotThen.PAST)
        return
    if not desk.is_offered:
        raise VisitsNotOfferedError
    desk.check(visit, now=now)


async def _record(session: AsyncSession, principal: Principal, locked: Locked, visit: Span) -> None:
    if locked.actor is not Actor.OWNER:
        return
    appointment: Appointment = locked.appointment
    await audit.record(
        session,
        principal=principal,
        company_id=locked.company_id,
        action="appointment.moved",
        subject_id=appointment.id,
        changes={"starts_at": (appointment.starts_at, visit.starts_at)},
    )
