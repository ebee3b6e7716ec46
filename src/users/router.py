from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Body, Query, Request

from src.core.clock import utc_now
from src.core.database import DatabaseDep, ReadSessionDep, SessionDep
from src.core.errors import ForbiddenError, UnauthorizedError, ValidationFailedError, errors
from src.core.http import domain_router
from src.core.identity import AdminOnlyError, AdminPrincipalDep, IdentityCheckDep, PrincipalDep
from src.core.limits import TooManyRequestsError
from src.core.pagination import Page
from src.core.personal_data import PersonalDataDep
from src.core.schemas import PathId
from src.core.storage import StorageDep
from src.core.uploads import LARGEST_BODY_BYTES, UPLOAD_ERRORS, ImageUpload
from src.users import administration, deletion, photos, service
from src.users.exceptions import AccountInUseError, OwnAdminRightError, UserNotFoundError
from src.users.models import User
from src.users.schemas import (
    AccountDeletion,
    PersonalDataExport,
    ProfileUpdate,
    PublicProfile,
    UserAdminRead,
    UserAdminUpdate,
    UserFilter,
    UserRead,
)

router = domain_router(tags=["users"], prefix="/users")


@router.get(
    "/me",
    operation_id="get_my_profile",
    summary="Read my profile",
    response_model=UserRead,
    responses=errors(UnauthorizedError),
)
async def get_my_profile(principal: PrincipalDep, session: ReadSessionDep) -> User:
    """The profile of whoever the access token belongs to, as it is in the database at this moment."""
    return await service.get_user(session, user_id=principal.user_id)


@router.patch(
    "/me",
    operation_id="update_my_profile",
    summary="Change my profile",
    response_model=UserRead,
    responses=errors(UnauthorizedError, ValidationFailedError),
)
async def update_my_profile(changes: ProfileUpdate, principal: PrincipalDep, session: SessionDep) -> User:
    """Send only what changes: `{"phone": "+44 20 7946 0123"}`.

    `phone` and `bio` are removed by `null`; the other fields may be left out, but not emptied. Unknown
    fields, `role` and `email` among them, are refused with 422.
    """
    return await service.update_profile(session, user_id=principal.user_id, changes=changes)


@router.delete(
    "/me",
    operation_id="delete_my_account",
    summary="Delete my account",
    status_code=HTTPStatus.NO_CONTENT,
    responses=errors(
        UnauthorizedError, ForbiddenError, AccountInUseError, TooManyRequestsError, ValidationFailedError
    ),
)
async def delete_my_account(
    request: Request,
    principal: PrincipalDep,
    check_identity: IdentityCheckDep,
    data: PersonalDataDep,
    session: SessionDep,
    body: Annotated[AccountDeletion | None, Body(examples=[{"password": "four brass rooms"}])] = None,
) -> None:
    """Can't be undone. Ends all sessions and makes the account anonymous; bookings and payments stay without a name.

    Send the password; or, without a body, log in again and ask within ten minutes (the way for people who come
    through Google): 403 `wrong_password` or `log_in_not_recent`. An account that is still needed answers 409
    with `reasons`, each with a `code`: `upcoming_bookings`, `last_admin_of_company`, `platform_admin`.
    """
    # Before the first statement: no connection is held while the password is verified.
    await check_identity(request, principal=principal, password=body.password if body else None)
    await deletion.delete_account(session, user_id=principal.user_id, data=data, now=utc_now())


@router.get(
    "/me/export",
    operation_id="export_my_data",
    summary="Everything we know about me",
    response_model=PersonalDataExport,
    responses=errors(UnauthorizedError),
)
async def export_my_data(
    principal: PrincipalDep, data: PersonalDataDep, session: ReadSessionDep
) -> dict[str, Any]:
    """All data of the person as one JSON document, a member for each part of the product."""
    return await data.export(session, user_id=principal.user_id)


@router.post(
    "/me/photo",
    operation_id="upload_my_photo",
    summary="Upload my photo",
    status_code=HTTPStatus.CREATED,
    response_model=UserRead,
    max_body_size=LARGEST_BODY_BYTES,
    responses=errors(UnauthorizedError, *UPLOAD_ERRORS),
)
async def upload_my_photo(
    file: ImageUpload, principal: PrincipalDep, database: DatabaseDep, storage: StorageDep
) -> User:
    """A multipart form with the picture as `file`; it replaces the photo that was there.

    What counts is what the file is, not what it is called. It is turned upright and kept in three sizes, without
    place and camera. 415 `unsupported_image`, 422 `image_too_large` or `image_damaged`, 413 above 10 MB.
    """
    return await photos.set_photo(database, storage=storage, user_id=principal.user_id, file=file)


@router.delete(
    "/me/photo",
    operation_id="remove_my_photo",
    summary="Remove my photo",
    status_code=HTTPStatus.NO_CONTENT,
    responses=errors(UnauthorizedError),
)
async def remove_my_photo(principal: PrincipalDep, session: SessionDep) -> None:
    """Nobody sees it any more in our answers; the files themselves are deleted within two hours."""
    await photos.remove_photo(session, user_id=principal.user_id)


@router.get(
    "",
    operation_id="list_users",
    summary="All users",
    response_model=Page[UserAdminRead],
    responses=errors(UnauthorizedError, AdminOnlyError, ValidationFailedError),
)
async def list_users(
    _: AdminPrincipalDep, session: ReadSessionDep, wanted: Annotated[UserFilter, Query()]
) -> Page[UserAdminRead]:
    """For administrators of the platform. Deleted accounts, of which nothing is left, aren't listed."""
    users, total = await administration.list_users(session, wanted=wanted)
    return Page(
        items=[UserAdminRead.model_validate(user) for user in users],
        total=total,
        page=wanted.page,
        size=wanted.size,
    )


@router.get(
    "/{user_id}",
    operation_id="get_public_profile",
    summary="A user's public profile",
    response_model=PublicProfile,
    responses=errors(UserNotFoundError, ValidationFailedError),
)
async def get_public_profile(user_id: PathId, session: ReadSessionDep) -> PublicProfile:
    """What everybody may see. Deactivated and deleted people answer 404."""
    return await service.get_public_profile(session, user_id=user_id)


@router.patch(
    "/{user_id}",
    operation_id="update_user",
    summary="Change a user's role, or deactivate them",
    response_model=UserAdminRead,
    responses=errors(
        UnauthorizedError, AdminOnlyError, UserNotFoundError, OwnAdminRightError, ValidationFailedError
    ),
)
async def update_user(
    user_id: PathId, changes: UserAdminUpdate, principal: AdminPrincipalDep, session: SessionDep
) -> User:
    """For administrators of the platform. Counts from the person's very next request.

    Deactivating ends all sessions; reactivating lets the person log in again. Nobody can change their own role or
    deactivate themselves.
    """
    return await administration.update_user(
        session, principal=principal, user_id=user_id, changes=changes, now=utc_now()
    )
