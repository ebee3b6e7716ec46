from typing import Annotated

from fastapi import Query

from src.addresses.exceptions import AddressNotFoundError, OverlappingHoursError
from src.appointments.exceptions import VisitingPeriodError, VisitsNotOfferedError
from src.appointments.visiting import service
from src.appointments.visiting.schemas import (
    VisitingTermsRead,
    VisitingTermsUpdate,
    VisitingTimesFilter,
    VisitingTimesRead,
)
from src.core.clock import utc_now
from src.core.database import ReadSessionDep, SessionDep
from src.core.errors import UnauthorizedError, ValidationFailedError, errors
from src.core.http import domain_router
from src.core.identity import OptionalPrincipalDep, PrincipalDep
from src.core.schemas import PathId
from src.teams.exceptions import PermissionMissingError

router = domain_router(tags=["appointments"], prefix="/addresses/{address_id}")


@router.get(
    "/visiting-hours",
    response_model=VisitingTermsRead,
    operation_id="get_visiting_hours",
    responses=errors(AddressNotFoundError, ValidationFailedError),
)
async def get_visiting_hours(
    address_id: PathId, session: ReadSessionDep, principal: OptionalPrincipalDep
) -> VisitingTermsRead:
    """When and how a studio receives visitors; a studio that has never said so offers no visits."""
    return await service.get_terms(session, principal=principal, address_id=address_id)


@router.put(
    "/visiting-hours",
    response_model=VisitingTermsRead,
    operation_id="replace_visiting_hours",
    responses=errors(
        UnauthorizedError,
        PermissionMissingError,
        AddressNotFoundError,
        OverlappingHoursError,
        ValidationFailedError,
    ),
)
async def replace_visiting_hours(
    address_id: PathId, body: VisitingTermsUpdate, session: SessionDep, principal: PrincipalDep
) -> VisitingTermsRead:
    """Replaces all of it; what is left out gets its default. Times are studio-local, lengths minutes or days.

    The hours may lie outside the opening hours. Closures of the studio close the desk too; on a special day visitors
    are received only while the studio is there, by appointment included. Visits that are booked stay as they are.
    """
    return await service.replace_terms(session, principal=principal, address_id=address_id, body=body)


@router.get(
    "/visiting-times",
    response_model=VisitingTimesRead,
    operation_id="list_visiting_times",
    responses=errors(AddressNotFoundError, VisitsNotOfferedError, VisitingPeriodError, ValidationFailedError),
)
async def list_visiting_times(
    address_id: PathId,
    wanted: Annotated[VisitingTimesFilter, Query()],
    session: ReadSessionDep,
    principal: OptionalPrincipalDep,
) -> VisitingTimesRead:
    """When one can visit a studio: free starts of each local day, for at most 31 days. Next: POST /appointments."""
    return await service.list_times(
        session, principal=principal, address_id=address_id, wanted=wanted, now=utc_now()
    )
