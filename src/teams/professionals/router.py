from http import HTTPStatus

from src.calendars.exceptions import SlotTakenError
from src.companies.exceptions import CompanyClosedError
from src.core.database import ReadSessionDep, SessionDep
from src.core.errors import UnauthorizedError, ValidationFailedError, errors
from src.core.http import domain_router
from src.core.idempotency import IDEMPOTENCY_ERRORS, Idempotent
from src.core.identity import PrincipalDep
from src.core.pagination import Page, PageDep
from src.core.schemas import PathId
from src.teams.exceptions import (
    MemberNotFoundError,
    NotAProfessionalError,
    OverlappingWorkingHoursError,
    PermissionMissingError,
    ProfessionalNotFoundError,
    TimeOffNotFoundError,
)
from src.teams.models import MemberTimeOff
from src.teams.professionals import service, time_off
from src.teams.professionals.schemas import (
    ProfessionalRead,
    ServicesUpdate,
    TimeOffCreate,
    TimeOffRead,
    WorkingHoursUpdate,
)

router = domain_router(tags=["teams"], prefix="/team/{member_id}")

OWN_ERRORS = (UnauthorizedError, PermissionMissingError, MemberNotFoundError, ValidationFailedError)
CHANGE_ERRORS = (*OWN_ERRORS, NotAProfessionalError, CompanyClosedError)


@router.get(
    "",
    response_model=ProfessionalRead,
    operation_id="get_professional",
    responses=errors(ProfessionalNotFoundError, ValidationFailedError),
)
async def get_professional(member_id: PathId, session: ReadSessionDep) -> ProfessionalRead:
    """Somebody who can be booked along with a room: what they do, for how much, and when they work.

    Other members of a team, and those who have left, are 404.
    """
    return await service.get_professional(session, member_id=member_id)


@router.put(
    "/hours",
    response_model=ProfessionalRead,
    operation_id="replace_working_hours",
    responses=errors(*CHANGE_ERRORS, OverlappingWorkingHoursError),
)
async def replace_working_hours(
    member_id: PathId, body: WorkingHoursUpdate, session: SessionDep, principal: PrincipalDep
) -> ProfessionalRead:
    """Replaces the weekly plan. 10:00 is 10:00 on the clock of whichever studio they are booked at.

    `closes` at or before `opens` is on the next day; days that aren't named are off. Bookings made before stay.
    For the professional themself and whoever manages the team.
    """
    return await service.replace_hours(session, principal=principal, member_id=member_id, body=body)


@router.put(
    "/services",
    response_model=ProfessionalRead,
    operation_id="replace_services",
    responses=errors(*CHANGE_ERRORS),
)
async def replace_services(
    member_id: PathId, body: ServicesUpdate, session: SessionDep, principal: PrincipalDep
) -> ProfessionalRead:
    """Replaces what they offer. `amount` is for each `minutes` begun, in minor units of the company's currency.

    A service that keeps its name keeps its id. For the professional themself and whoever manages the team.
    """
    return await service.replace_services(session, principal=principal, member_id=member_id, body=body)


@router.get(
    "/time-off",
    response_model=Page[TimeOffRead],
    operation_id="list_time_off",
    responses=errors(*OWN_ERRORS),
)
async def list_time_off(
    member_id: PathId, session: ReadSessionDep, principal: PrincipalDep, page: PageDep
) -> Page[TimeOffRead]:
    """When they can't be booked, the soonest first, without what is over."""
    items, total = await time_off.list_time_off(session, principal=principal, member_id=member_id, page=page)
    return Page(
        items=[TimeOffRead.model_validate(item) for item in items],
        total=total,
        page=page.page,
        size=page.size,
    )


@router.post(
    "/time-off",
    status_code=HTTPStatus.CREATED,
    response_model=TimeOffRead,
    operation_id="add_time_off",
    dependencies=[Idempotent],
    responses=errors(*CHANGE_ERRORS, SlotTakenError, *IDEMPOTENCY_ERRORS),
)
async def add_time_off(
    member_id: PathId, body: TimeOffCreate, session: SessionDep, principal: PrincipalDep
) -> MemberTimeOff:
    """Takes the time, so that nobody can book them; over a booking or other time off it is 409 `slot_taken`.

    Times need an offset, as the professional may work in several time zones. At most 366 days.
    """
    return await time_off.add_time_off(session, principal=principal, member_id=member_id, body=body)


@router.delete(
    "/time-off/{time_off_id}",
    status_code=HTTPStatus.NO_CONTENT,
    operation_id="remove_time_off",
    responses=errors(*CHANGE_ERRORS, TimeOffNotFoundError),
)
async def remove_time_off(
    member_id: PathId, time_off_id: PathId, session: SessionDep, principal: PrincipalDep
) -> None:
    """They can be booked again at once."""
    await time_off.remove_time_off(session, principal=principal, member_id=member_id, time_off_id=time_off_id)
