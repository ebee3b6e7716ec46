"""Closing a studio down for good. It stays for its history; what is against it the domains above say."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession

from src.addresses import repository, service
from src.addresses.enums import AddressStatus
from src.addresses.exceptions import AddressInUseError
from src.companies import audit
from src.core.identity import Principal
from src.core.personal_data import Obstacle
from src.teams.permissions import Permission

# Get the id of the studio. `main` binds those of the domains above.
FindObstacles = Callable[[AsyncSession, int], Awaitable[Sequence[Obstacle]]]


async def _request_obstacles(request: Request) -> Sequence[FindObstacles]:
    obstacles: Sequence[FindObstacles] = request.app.state.address_obstacles
    return obstacles


AddressObstaclesDep = Annotated[Sequence[FindObstacles], Depends(_request_obstacles)]


async def deactivate(
    session: AsyncSession,
    *,
    principal: Principal,
    address_id: int,
    obstacles: Sequence[FindObstacles],
    now: datetime,
) -> None:
    """Takes the studio off the market and out of everybody's sight.

    Locks the row: a booking that is being made is either seen here, or waits and is refused.
    Raises `AddressNotFoundError`, `PermissionMissingError`, `AddressInUseError`.
    """
    address = await service.get_managed_address(
        session, principal=principal, address_id=address_id, permission=Permission.OPEN_STUDIO
    )
    await repository.shut_out(session, address.id)
    found = [obstacle for find in obstacles for obstacle in await find(session, address.id)]
    if found:
        raise AddressInUseError(reasons=[obstacle.model_dump() for obstacle in found])
    if address.status is AddressStatus.PUBLISHED:
        await service.take_off_market(session, principal=principal, address=address, changes={})
    changes = audit.apply(address, {"deactivated_at": now})
    await repository.begin_revision(session, address)
    await audit.record(
        session,
        principal=principal,
        company_id=address.company_id,
        action="address.deactivated",
        subject_id=address.id,
        changes=changes,
    )
