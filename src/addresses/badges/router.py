from collections.abc import Sequence

from src.addresses.badges import service
from src.addresses.badges.exceptions import BadgeReservedError, UnknownBadgeError
from src.addresses.badges.models import Badge
from src.addresses.badges.schemas import BadgeRead, BadgesUpdate
from src.addresses.exceptions import AddressNotFoundError
from src.addresses.schemas import AddressRead
from src.core.database import ReadSessionDep, SessionDep
from src.core.errors import UnauthorizedError, ValidationFailedError, errors
from src.core.http import domain_router
from src.core.identity import PrincipalDep
from src.core.schemas import PathId
from src.teams.exceptions import PermissionMissingError

router = domain_router(tags=["addresses"])


@router.get("/badges", response_model=list[BadgeRead], operation_id="list_badges")
async def list_badges(session: ReadSessionDep) -> Sequence[Badge]:
    """What can set a studio apart, by name. About 25; fetch once and keep. Slugs are stable."""
    return await service.list_badges(session)


@router.put(
    "/addresses/{address_id}/badges",
    response_model=AddressRead,
    operation_id="replace_badges",
    responses=errors(
        UnauthorizedError,
        PermissionMissingError,
        BadgeReservedError,
        AddressNotFoundError,
        UnknownBadgeError,
        ValidationFailedError,
    ),
)
async def replace_badges(
    address_id: PathId, body: BadgesUpdate, session: SessionDep, principal: PrincipalDep
) -> AddressRead:
    """Replaces the badges. Those that only the platform gives (`verified`, …) stay as they are, named or not.

    Naming one of those that the studio hasn't got answers 403 `badge_reserved`.
    """
    return await service.replace_badges(session, principal=principal, address_id=address_id, body=body)
