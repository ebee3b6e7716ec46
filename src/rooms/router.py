from http import HTTPStatus

from fastapi import Response

from src.addresses.exceptions import AddressNotFoundError
from src.core.database import DatabaseDep, SessionDep
from src.core.errors import UnauthorizedError, ValidationFailedError, errors
from src.core.http import JsonResponse, domain_router
from src.core.idempotency import IDEMPOTENCY_ERRORS, Idempotent
from src.core.identity import OptionalPrincipalDep, PrincipalDep
from src.core.schemas import PathId
from src.rooms import service
from src.rooms.exceptions import RoomNotFoundError
from src.rooms.schemas import RoomCreate, RoomRead, RoomUpdate
from src.teams.exceptions import PermissionMissingError

router = domain_router(tags=["rooms"], prefix="/rooms")


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    response_model=RoomRead,
    operation_id="create_room",
    dependencies=[Idempotent],
    responses=errors(
        UnauthorizedError,
        PermissionMissingError,
        AddressNotFoundError,
        ValidationFailedError,
        *IDEMPOTENCY_ERRORS,
    ),
)
async def create_room(body: RoomCreate, session: SessionDep, principal: PrincipalDep) -> Response:
    """Adds a room to one of your studios. It can be booked once it has prices and the studio is published.

    All lengths are minutes. Bookings start on the grid of `slot_minutes` of the studio's clock and last
    `min_minutes` to `max_minutes`, in whole slots. Buffers keep the room taken before and after.
    """
    document = await service.create_room(session, principal=principal, body=body)
    return JsonResponse(document, status_code=HTTPStatus.CREATED)


@router.get(
    "/{room_id}",
    response_model=RoomRead,
    operation_id="get_room",
    responses=errors(RoomNotFoundError, ValidationFailedError),
)
async def get_room(room_id: PathId, database: DatabaseDep, principal: OptionalPrincipalDep) -> Response:
    """One room with its prices and photos. Public once its studio is published, before that for its company only."""
    return JsonResponse(await service.get_room(database, principal=principal, room_id=room_id))


@router.patch(
    "/{room_id}",
    response_model=RoomRead,
    operation_id="update_room",
    responses=errors(UnauthorizedError, PermissionMissingError, RoomNotFoundError, ValidationFailedError),
)
async def update_room(
    room_id: PathId, body: RoomUpdate, session: SessionDep, principal: PrincipalDep
) -> Response:
    """Changes what the body names. `{"status": "inactive"}` takes the room off the market."""
    return JsonResponse(await service.update_room(session, principal=principal, room_id=room_id, body=body))


@router.delete(
    "/{room_id}",
    status_code=HTTPStatus.NO_CONTENT,
    operation_id="delete_room",
    responses=errors(UnauthorizedError, PermissionMissingError, RoomNotFoundError, ValidationFailedError),
)
async def delete_room(room_id: PathId, session: SessionDep, principal: PrincipalDep) -> None:
    """Takes the room off the market: nobody can find or book it any more. Bookings that exist stay as they are.

    You still see it, as `inactive`, and may make it `active` again.
    """
    await service.deactivate_room(session, principal=principal, room_id=room_id)
