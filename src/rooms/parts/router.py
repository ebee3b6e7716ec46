from fastapi import Response

from src.core.database import SessionDep
from src.core.errors import UnauthorizedError, ValidationFailedError, errors
from src.core.http import JsonResponse, domain_router
from src.core.identity import PrincipalDep
from src.core.schemas import PathId
from src.rooms.exceptions import (
    PartsCycleError,
    PartsTooDeepError,
    RoomInUseError,
    RoomNotFoundError,
    UnknownPartError,
)
from src.rooms.parts import service
from src.rooms.parts.schemas import PartsUpdate
from src.rooms.schemas import RoomRead
from src.teams.exceptions import PermissionMissingError

router = domain_router(tags=["rooms"], prefix="/rooms/{room_id}/parts")


@router.put(
    "",
    response_model=RoomRead,
    operation_id="replace_room_parts",
    responses=errors(
        UnauthorizedError,
        PermissionMissingError,
        RoomNotFoundError,
        UnknownPartError,
        PartsCycleError,
        PartsTooDeepError,
        RoomInUseError,
        ValidationFailedError,
    ),
)
async def replace_room_parts(
    room_id: PathId, body: PartsUpdate, session: SessionDep, principal: PrincipalDep
) -> Response:
    """Says which rooms this one is made of: whoever takes the whole takes each part, and the other way round.

    Parts may have parts themselves, no deeper. Bookings keep what they took; so parts are added only while the room
    has no bookings, holds or blocks to come (409 `room_in_use`), and removed at any time.
    """
    return JsonResponse(await service.replace_parts(session, principal=principal, room_id=room_id, body=body))
