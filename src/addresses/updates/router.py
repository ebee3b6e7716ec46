from http import HTTPStatus

from src.addresses.exceptions import AddressNotFoundError, LocalTimeSkippedError
from src.addresses.updates import photos, service
from src.addresses.updates.exceptions import (
    PhotoOrderError,
    TooManyPhotosError,
    UpdateNotFoundError,
    UpdatePhotoNotFoundError,
)
from src.addresses.updates.schemas import UpdateChange, UpdateCreate, UpdateRead
from src.core.clock import utc_now
from src.core.database import DatabaseDep, ReadSessionDep, SessionDep
from src.core.errors import UnauthorizedError, ValidationFailedError, errors
from src.core.http import domain_router
from src.core.idempotency import IDEMPOTENCY_ERRORS, Idempotent
from src.core.identity import OptionalPrincipalDep, PrincipalDep
from src.core.pagination import Page, PageDep
from src.core.schemas import PathId
from src.core.storage import StorageDep
from src.core.uploads import LARGEST_BODY_BYTES, UPLOAD_ERRORS, ImageUpload
from src.teams.exceptions import PermissionMissingError

router = domain_router(tags=["addresses"], prefix="/addresses/{address_id}/updates")

_EDIT_ERRORS = (UnauthorizedError, PermissionMissingError, AddressNotFoundError, ValidationFailedError)


@router.get(
    "",
    response_model=Page[UpdateRead],
    operation_id="list_updates",
    responses=errors(AddressNotFoundError, ValidationFailedError),
)
async def list_updates(
    address_id: PathId, session: ReadSessionDep, principal: OptionalPrincipalDep, page: PageDep
) -> Page[UpdateRead]:
    """The studio's news, the latest first. Its team also sees what is to be published later."""
    items, total = await service.list_updates(
        session, principal=principal, address_id=address_id, page=page, now=utc_now()
    )
    return Page(items=items, total=total, page=page.page, size=page.size)


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    response_model=UpdateRead,
    operation_id="add_update",
    dependencies=[Idempotent],
    responses=errors(*_EDIT_ERRORS, LocalTimeSkippedError, *IDEMPOTENCY_ERRORS),
)
async def add_update(
    address_id: PathId, body: UpdateCreate, session: SessionDep, principal: PrincipalDep
) -> UpdateRead:
    """Writes a piece of news, public from `published_at` on (now when left out). Photos are added afterwards."""
    return await service.add_update(
        session, principal=principal, address_id=address_id, body=body, now=utc_now()
    )


@router.patch(
    "/{update_id}",
    response_model=UpdateRead,
    operation_id="change_update",
    responses=errors(*_EDIT_ERRORS, UpdateNotFoundError, PhotoOrderError, LocalTimeSkippedError),
)
async def change_update(
    address_id: PathId, update_id: PathId, body: UpdateChange, session: SessionDep, principal: PrincipalDep
) -> UpdateRead:
    """Changes what the body names. `photo_ids` puts its photos in another order: name each of them once."""
    return await service.change_update(
        session, principal=principal, address_id=address_id, update_id=update_id, body=body
    )


@router.delete(
    "/{update_id}",
    status_code=HTTPStatus.NO_CONTENT,
    operation_id="remove_update",
    responses=errors(*_EDIT_ERRORS, UpdateNotFoundError),
)
async def remove_update(
    address_id: PathId, update_id: PathId, session: SessionDep, principal: PrincipalDep
) -> None:
    """Deletes a piece of news and its photos, for good."""
    await service.remove_update(session, principal=principal, address_id=address_id, update_id=update_id)


@router.post(
    "/{update_id}/photos",
    status_code=HTTPStatus.CREATED,
    response_model=UpdateRead,
    operation_id="upload_update_photo",
    max_body_size=LARGEST_BODY_BYTES,
    responses=errors(*_EDIT_ERRORS, UpdateNotFoundError, TooManyPhotosError, *UPLOAD_ERRORS),
)
async def upload_update_photo(
    address_id: PathId,
    update_id: PathId,
    file: ImageUpload,
    principal: PrincipalDep,
    database: DatabaseDep,
    storage: StorageDep,
) -> UpdateRead:
    """A multipart form with the picture as `file`; it becomes the last of at most ten."""
    return await photos.add_photo(
        database,
        storage=storage,
        principal=principal,
        address_id=address_id,
        update_id=update_id,
        file=file,
    )


@router.delete(
    "/{update_id}/photos/{photo_id}",
    status_code=HTTPStatus.NO_CONTENT,
    operation_id="remove_update_photo",
    responses=errors(*_EDIT_ERRORS, UpdateNotFoundError, UpdatePhotoNotFoundError),
)
async def remove_update_photo(
    address_id: PathId, update_id: PathId, photo_id: PathId, session: SessionDep, principal: PrincipalDep
) -> None:
    """Deletes one photo; the others keep their order."""
    await photos.remove_photo(
        session, principal=principal, address_id=address_id, update_id=update_id, photo_id=photo_id
    )
