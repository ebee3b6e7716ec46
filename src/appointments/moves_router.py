from http import HTTPStatus

from src.appointments import service
from src.appointments.enums import AppointmentStatus
from src.appointments.exceptions import (
    AppointmentChangedError,
    AppointmentNotFoundError,
    IllegalAppointmentMoveError,
    VisitTooEarlyError,
    VisitTooLateError,
)
from src.appointments.router import TIME_ERRORS
from src.appointments.schemas import (
    AppointmentMoveRead,
    AppointmentRead,
    AppointmentStatusUpdate,
    RescheduleCreate,
)
from src.core.clock import utc_now
from src.core.config import SettingsDep
from src.core.database import ReadSessionDep, SessionDep
from src.core.errors import UnauthorizedError, ValidationFailedError, errors
from src.core.http import domain_router
from src.core.identity import PrincipalDep
from src.core.schemas import PathId
from src.teams.exceptions import PermissionMissingError

router = domain_router(tags=["appointments"], prefix="/appointments/{appointment_id}")

MOVE_ERRORS = (
    UnauthorizedError,
    PermissionMissingError,
    AppointmentNotFoundError,
    AppointmentChangedError,
    IllegalAppointmentMoveError,
    VisitTooLateError,
    ValidationFailedError,
)


@router.get(
    "/history",
    response_model=list[AppointmentMoveRead],
    operation_id="list_appointment_history",
    responses=errors(UnauthorizedError, AppointmentNotFoundError, ValidationFailedError),
)
async def list_appointment_history(
    appointment_id: PathId, session: ReadSessionDep, principal: PrincipalDep
) -> list[AppointmentMoveRead]:
    """What has become of a visit, oldest first: which side did what, when and why."""
    return await service.list_history(session, principal=principal, appointment_id=appointment_id)


@router.patch(
    "/status",
    response_model=AppointmentRead,
    operation_id="set_appointment_status",
    responses=errors(*MOVE_ERRORS, VisitTooEarlyError),
)
async def set_appointment_status(
    appointment_id: PathId,
    body: AppointmentStatusUpdate,
    session: SessionDep,
    principal: PrincipalDep,
    settings: SettingsDep,
) -> AppointmentRead:
    """Answers, calls off or closes a visit.

    * `cancelled`: by either side, before it begins
    * `confirmed`, `declined`: the studio's answer to a request, before it begins
    * `completed`, `no_show`: by the studio once it has begun; visits that are over complete themselves, and a
      no-show can be said for 7 days

    The other side gets a mail. Of two people who act at once one gets 409 `illegal_move`; send the `version` that
    was on the screen, and a time that was moved meanwhile is 409 `appointment_changed`.
    """
    return await service.set_status(
        session,
        principal=principal,
        appointment_id=appointment_id,
        body=body,
        now=utc_now(),
        no_show_days=settings.no_show_days,
    )


@router.delete(
    "",
    status_code=HTTPStatus.NO_CONTENT,
    operation_id="cancel_appointment",
    responses=errors(*MOVE_ERRORS),
)
async def cancel_appointment(
    appointment_id: PathId, session: SessionDep, principal: PrincipalDep, settings: SettingsDep
) -> None:
    """Cancels a visit, as PATCH …/status with `cancelled` does; it stays readable, and its time is free at once."""
    await service.set_status(
        session,
        principal=principal,
        appointment_id=appointment_id,
        body=AppointmentStatusUpdate(status=AppointmentStatus.CANCELLED),
        now=utc_now(),
        no_show_days=settings.no_show_days,
    )


@router.patch(
    "/reschedule",
    response_model=AppointmentRead,
    operation_id="reschedule_appointment",
    responses=errors(*MOVE_ERRORS, *TIME_ERRORS),
)
async def reschedule_appointment(
    appointment_id: PathId, body: RescheduleCreate, session: SessionDep, principal: PrincipalDep
) -> AppointmentRead:
    """Another time for a visit that has not begun; the old one is given up only when the new one is won.

    By its customer: one of GET /addresses/{id}/visiting-times; it is `requested` again unless the studio confirms
    at once. By the studio: any time to come at which the desk is free; it is `confirmed`, and the customer is told.
    """
    return await service.reschedule(
        session, principal=principal, appointment_id=appointment_id, body=body, now=utc_now()
    )
