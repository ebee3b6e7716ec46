from http import HTTPStatus
from typing import Annotated

from fastapi import Query

from src.addresses.exceptions import AddressNotFoundError, LocalTimeSkippedError
from src.appointments import service
from src.appointments.exceptions import (
    AppointmentNotFoundError,
    NotAVisitingTimeError,
    TooManyVisitsError,
    VisitsNotOfferedError,
)
from src.appointments.schemas import (
    AppointmentCreate,
    AppointmentRead,
    StudioAppointmentFilter,
    StudioAppointmentRead,
)
from src.calendars.exceptions import SlotTakenError
from src.companies.exceptions import CompanyClosedError
from src.core.clock import utc_now
from src.core.config import SettingsDep
from src.core.database import ReadSessionDep, SessionDep
from src.core.errors import UnauthorizedError, ValidationFailedError, errors
from src.core.http import domain_router
from src.core.idempotency import IDEMPOTENCY_ERRORS, Idempotent
from src.core.identity import AdminOnlyError, PrincipalDep
from src.core.limits import LimiterDep, TooManyRequestsError
from src.core.pagination import Page, PageDep
from src.core.schemas import PathId
from src.teams.exceptions import PermissionMissingError
from src.users.exceptions import UserNotFoundError

router = domain_router(tags=["appointments"], prefix="/appointments")
address_router = domain_router(tags=["appointments"], prefix="/addresses/{address_id}")

TIME_ERRORS = (VisitsNotOfferedError, LocalTimeSkippedError, NotAVisitingTimeError, SlotTakenError)


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    response_model=AppointmentRead,
    operation_id="book_visit",
    dependencies=[Idempotent],
    responses=errors(
        UnauthorizedError,
        AddressNotFoundError,
        CompanyClosedError,
        TooManyVisitsError,
        TooManyRequestsError,
        *TIME_ERRORS,
        ValidationFailedError,
        *IDEMPOTENCY_ERRORS,
    ),
)
async def book_visit(
    body: AppointmentCreate,
    session: SessionDep,
    principal: PrincipalDep,
    limiter: LimiterDep,
    settings: SettingsDep,
) -> AppointmentRead:
    """Books a visit of a studio, free of charge, at one of GET /addresses/{id}/visiting-times.

    `requested` until the studio has answered, and yours alone meanwhile; `confirmed` at once where the studio wants
    it so. A request that nobody has answered when its time comes is `declined`. How long a visit lasts the studio
    says. Of any number of people who want the same time exactly one gets 201, the others 409 `slot_taken`.
    """
    return await service.book_visit(
        session, principal=principal, body=body, limiter=limiter, settings=settings, now=utc_now()
    )


@router.get(
    "",
    response_model=Page[AppointmentRead],
    operation_id="list_my_appointments",
    responses=errors(UnauthorizedError, ValidationFailedError),
)
async def list_my_appointments(
    session: ReadSessionDep, principal: PrincipalDep, page: PageDep
) -> Page[AppointmentRead]:
    """The visits that you have booked, the latest time first."""
    found, total = await service.list_mine(session, principal=principal, page=page)
    return Page(items=found, total=total, page=page.page, size=page.size)


@router.get(
    "/customer/{user_id}",
    response_model=Page[AppointmentRead],
    operation_id="list_customer_appointments",
    responses=errors(UnauthorizedError, AdminOnlyError, UserNotFoundError, ValidationFailedError),
)
async def list_customer_appointments(
    user_id: PathId, session: ReadSessionDep, principal: PrincipalDep, page: PageDep
) -> Page[AppointmentRead]:
    """The visits of somebody, the latest time first: your own, or anybody's for the platform's admins."""
    found, total = await service.list_of_customer(session, principal=principal, user_id=user_id, page=page)
    return Page(items=found, total=total, page=page.page, size=page.size)


@address_router.get(
    "/appointments",
    response_model=Page[StudioAppointmentRead],
    operation_id="list_address_appointments",
    responses=errors(UnauthorizedError, PermissionMissingError, AddressNotFoundError, ValidationFailedError),
)
async def list_address_appointments(
    address_id: PathId,
    wanted: Annotated[StudioAppointmentFilter, Query()],
    session: ReadSessionDep,
    principal: PrincipalDep,
) -> Page[StudioAppointmentRead]:
    """Who visits a studio and when, the latest time first, for those of its team who may read bookings.

    `from` and `to` are local days of the studio: for today's visits, today and tomorrow.
    """
    found, total = await service.list_of_address(
        session, principal=principal, address_id=address_id, wanted=wanted
    )
    return Page(items=found, total=total, page=wanted.page, size=wanted.size)


@router.get(
    "/{appointment_id}",
    response_model=AppointmentRead,
    operation_id="get_appointment",
    responses=errors(UnauthorizedError, AppointmentNotFoundError, ValidationFailedError),
)
async def get_appointment(
    appointment_id: PathId, session: ReadSessionDep, principal: PrincipalDep
) -> AppointmentRead:
    """One visit, for its customer and the studio's people; others get 404."""
    return await service.get_appointment(session, principal=principal, appointment_id=appointment_id)
