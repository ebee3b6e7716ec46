"""Photos of rooms, under the same path as the rooms."""

from http import HTTPStatus

from fastapi import Response

from src.core.database import DatabaseDep, SessionDep
from src.core.errors import UnauthorizedError, ValidationFailedError, errors
from src.core.http import JsonResponse, domain_router
from src.core.identity import PrincipalDep
from src.core.schemas import PathId
from src.core.storage import StorageDep
from src.core.uploads import LARGEST_BODY_BYTES, UPLOAD_ERRORS, ImageUpload
from src.rooms.exceptions import PhotoNotFoundError, PhotoOrderError, RoomNotFoundError, TooManyPhotosError
from src.rooms.photos import service
from src.rooms.photos.schemas import PhotoOrder, PhotoRead
from src.rooms.schemas import RoomRead
from src.teams.exceptions import PermissionMissingError

router = domain_router(tags=["rooms"], prefix="/rooms/{room_id}/photos")


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    response_model=PhotoRead,
    operation_id="upload_room_photo",
    max_body_size=LARGEST_BODY_BYTES,
    responses=errors(
        UnauthorizedError, PermissionMissingError, RoomNotFoundError, TooManyPhotosError, *UPLOAD_ERRORS
    ),
)
async def upload_room_photo(
    room_id: PathId, file: ImageUpload, principal: PrincipalDep, database: DatabaseDep, storage: StorageDep
) -> PhotoRead:
    """A multipart form with the picture as `file`; it comes behind those that are there, at most 20.

    Send as many at once as you like, each in a request of its own.
    """
    return await service.add_photo(database, storage=storage, principal=principal, room_id=room_id, file=file)


@router.patch(
    "/order",
    response_model=RoomRead,
    operation_id="order_room_photos",
    responses=errors(
        UnauthorizedError, PermissionMissingError, RoomNotFoundError, PhotoOrderError, ValidationFailedError
    ),
)
async def order_room_photos(
    room_id: PathId, body: PhotoOrder, session: SessionDep, principal: PrincipalDep
) -> Response:
    """Puts the photos into this order; the first one is the cover. Names each of them once."""
    return JsonResponse(await service.order_photos(session, principal=principal, room_id=room_id, body=body))


@router.delete(
    "/{photo_id}",
    status_code=HTTPStatus.NO_CONTENT,
    operation_id="delete_room_photo",
    responses=errors(
        UnauthorizedError,
        PermissionMissingError,
        RoomNotFoundError,
        PhotoNotFoundError,
        ValidationFailedError,
    ),
)
async def delete_room_photo(
    room_id: PathId, photo_id: PathId, session: SessionDep, principal: PrincipalDep
) -> None:
    """Removes a photo; those behind it move up. Its addresses work for another hour."""
    await service.remove_photo(session, principal=principal, room_id=room_id, photo_id=photo_id)
