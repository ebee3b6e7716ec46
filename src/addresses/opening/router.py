from http import HTTPStatus

from src.addresses.exceptions import (
    AddressNotFoundError,
    ClosureEmptyError,
    ClosureNotFoundError,
    ContradictoryHoursError,
    LocalTimeSkippedError,
    OverlappingHoursError,
    OverlappingSpecialDaysError,
)
from src.addresses.opening import service
from src.addresses.opening.schemas import ClosureCreate, ClosureRead, HoursUpdate, SpecialDaysUpdate
from src.addresses.schemas import AddressRead
from src.core.clock import utc_now
from src.core.database import ReadSessionDep, SessionDep
from src.core.errors import UnauthorizedError, ValidationFailedError, errors
from src.core.http import domain_router
from src.core.idempotency import IDEMPOTENCY_ERRORS, Idempotent
from src.core.identity import OptionalPrincipalDep, PrincipalDep
from src.core.pagination import Page, PageDep
from src.core.schemas import PathId
from src.teams.exceptions import PermissionMissingError

router = domain_router(tags=["addresses"], prefix="/addresses/{address_id}")

_EDIT_ERRORS = (UnauthorizedError, PermissionMissingError, AddressNotFoundError, ValidationFailedError)


@router.put(
    "/operating-hours",
    response_model=AddressRead,
    operation_id="replace_operating_hours",
    responses=errors(*_EDIT_ERRORS, OverlappingHoursError, ContradictoryHoursError),
)
async def replace_operating_hours(
    address_id: PathId, body: HoursUpdate, session: SessionDep, principal: PrincipalDep
) -> AddressRead:
    """Replaces the weekly plan, in studio-local time; several spans a day are fine, gaps are closed.

    `closes` at or before `opens` is on the next day: Friday 10:00 to 02:00 ends on Saturday morning. Weekdays that
    are not named are closed. `by_appointment`, with or without times, is shown but can't be booked online. When the
    clocks go forward over a time, it is the one later by the gap; when a time comes twice, it is the first. Bookings
    made before stay as they are; a published studio that is left without open hours goes back to `draft`.
    """
    return await service.replace_hours(session, principal=principal, address_id=address_id, body=body)


@router.put(
    "/special-days",
    response_model=AddressRead,
    operation_id="replace_special_days",
    responses=errors(
        *_EDIT_ERRORS, OverlappingHoursError, ContradictoryHoursError, OverlappingSpecialDaysError
    ),
)
async def replace_special_days(
    address_id: PathId, body: SpecialDaysUpdate, session: SessionDep, principal: PrincipalDep
) -> AddressRead:
    """Replaces all exceptions to the weekly plan: holidays, a long night, a short day.

    The hours of a special day are all that begins on its dates (both included). A night that began the evening
    before still ends when it ends; make that evening special too, or close the time with a closure.
    """
    return await service.replace_special_days(session, principal=principal, address_id=address_id, body=body)


@router.get(
    "/closures",
    response_model=Page[ClosureRead],
    operation_id="list_closures",
    responses=errors(AddressNotFoundError, ValidationFailedError),
)
async def list_closures(
    address_id: PathId, session: ReadSessionDep, principal: OptionalPrincipalDep, page: PageDep
) -> Page[ClosureRead]:
    """When the whole studio is closed whatever its hours say: what is on or to come, in order."""
    items, total = await service.list_closures(
        session, principal=principal, address_id=address_id, page=page, now=utc_now()
    )
    return Page(items=items, total=total, page=page.page, size=page.size)


@router.post(
    "/closures",
    status_code=HTTPStatus.CREATED,
    response_model=ClosureRead,
    operation_id="add_closure",
    dependencies=[Idempotent],
    responses=errors(*_EDIT_ERRORS, ClosureEmptyError, LocalTimeSkippedError, *IDEMPOTENCY_ERRORS),
)
async def add_closure(
    address_id: PathId, body: ClosureCreate, session: SessionDep, principal: PrincipalDep
) -> ClosureRead:
    """Closes the whole studio for some local dates (both included) or between two times, and says why to everybody.

    Nothing new can be booked then. Bookings that exist stay: cancel or move them yourself.
    """
    return await service.add_closure(
        session, principal=principal, address_id=address_id, body=body, now=utc_now()
    )


@router.delete(
    "/closures/{closure_id}",
    status_code=HTTPStatus.NO_CONTENT,
    operation_id="remove_closure",
    responses=errors(*_EDIT_ERRORS, ClosureNotFoundError),
)
async def remove_closure(
    address_id: PathId, closure_id: PathId, session: SessionDep, principal: PrincipalDep
) -> None:
    """Opens the studio again for that time."""
    await service.remove_closure(session, principal=principal, address_id=address_id, closure_id=closure_id)
