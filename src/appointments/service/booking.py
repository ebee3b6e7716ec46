from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from src.addresses.localtime import requested_instant
from src.appointments import repository
from src.appointments.enums import AppointmentStatus
from src.appointments.events import AppointmentConfirmed, AppointmentRequested
from src.appointments.exceptions import TooManyVisitsError, VisitsNotOfferedError
from src.appointments.models import Appointment
from src.appointments.schemas import AppointmentCreate, AppointmentRead
from src.appointments.service.read import as_read
from src.appointments.visiting.service import get_kept_desk
from src.calendars import service as calendars
from src.calendars.enums import OccupancyKind
from src.calendars.service import Wish
from src.core import events
from src.core.config import Settings
from src.core.identity import Principal
from src.core.limits import Budget, Limiter

REMINDED_BEFORE: Final = timedelta(hours=24)


async def book_visit(
    session: AsyncSession,
    *,
    principal: Principal,
    body: AppointmentCreate,
    limiter: Limiter,
    settings: Settings,
    now: datetime,
) -> AppointmentRead:
    """Takes the desk's time at once, whether or not the studio still has to say yes.

    Locks: the customer (for the count of their visits), the company and the studio against changes, then those of
    `calendars.claim`. Raises `TooManyRequestsError`, `AddressNotFoundError`, `CompanyClosedError`,
    `VisitsNotOfferedError`, `LocalTimeSkippedError`, `NotAVisitingTimeError`, `TooManyVisitsError`, `SlotTakenError`.
    """
    whose = str(principal.user_id)
    await limiter.spend(Budget.of(settings.visit_limit_per_user, name="visit", whose=whose))
    await repository.lock_customer(session, principal.user_id)
    desk = await get_kept_desk(session, principal=principal, address_id=body.address_id)
    if not desk.is_offered:
        raise VisitsNotOfferedError
    visit = desk.visit_at(requested_instant(body.starts_at, desk.zone))
    desk.check(visit, now=now)
    count = await repository.count_open(session, customer_id=principal.user_id, address_id=body.address_id)
    if count >= settings.most_open_visits_per_studio:
        raise TooManyVisitsError
    claim = await calendars.claim(
        session,
        wishes=[Wish(desk.resource_id, desk.occupied(visit))],
        kind=OccupancyKind.TOUR,
        hold=None,
    )
    status = AppointmentStatus.CONFIRMED if desk.is_confirmed_at_once else AppointmentStatus.REQUESTED
    appointment = Appointment(
        customer_id=principal.user_id,
        address_id=body.address_id,
        claim_id=claim.id,
        starts_at=visit.starts_at,
        ends_at=visit.ends_at,
        note=body.note,
        status=status,
        **confirmation(status, visit.starts_at, first_at=None, now=now),
    )
    await repository.add(session, appointment)
    happened = AppointmentConfirmed if desk.is_confirmed_at_once else AppointmentRequested
    await events.publish(session, happened(appointment_id=appointment.id))
    return as_read(await repository.get(session, appointment.id))


def confirmation(
    status: AppointmentStatus, starts_at: datetime, *, first_at: datetime | None, now: datetime
) -> dict[str, datetime | None]:
    """What comes with a status. Who hears of the time less than a day before needs no reminder of it."""
    if status is not AppointmentStatus.CONFIRMED:
        return {"confirmed_at": first_at, "remind_at": None}
    remind_at = starts_at - REMINDED_BEFORE
    return {"confirmed_at": first_at or now, "remind_at": remind_at if remind_at > now else None}
