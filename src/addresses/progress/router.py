from src.addresses.exceptions import AddressNotFoundError, LocalTimeSkippedError
from src.addresses.progress import service
from src.addresses.progress.schemas import ProgressRead, ProgressUpdate
from src.core.database import ReadSessionDep, SessionDep
from src.core.errors import UnauthorizedError, ValidationFailedError, errors
from src.core.http import domain_router
from src.core.identity import OptionalPrincipalDep, PrincipalDep
from src.core.schemas import PathId
from src.teams.exceptions import PermissionMissingError

router = domain_router(tags=["addresses"], prefix="/addresses/{address_id}/progress")


@router.get(
    "",
    response_model=ProgressRead,
    operation_id="get_progress",
    responses=errors(AddressNotFoundError, ValidationFailedError),
)
async def get_progress(
    address_id: PathId, session: ReadSessionDep, principal: OptionalPrincipalDep
) -> ProgressRead:
    """How far the studio is on the way to its opening: milestones in the owner's order, and how many are reached."""
    return await service.get_progress(session, principal=principal, address_id=address_id)


@router.put(
    "",
    response_model=ProgressRead,
    operation_id="replace_progress",
    responses=errors(
        UnauthorizedError,
        PermissionMissingError,
        AddressNotFoundError,
        LocalTimeSkippedError,
        ValidationFailedError,
    ),
)
async def replace_progress(
    address_id: PathId, body: ProgressUpdate, session: SessionDep, principal: PrincipalDep
) -> ProgressRead:
    """Replaces the milestones; their order is that of the list."""
    return await service.replace_progress(session, principal=principal, address_id=address_id, body=body)
