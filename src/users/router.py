from src.core.database import ReadSessionDep, SessionDep
from src.core.errors import UnauthorizedError, ValidationFailedError, errors
from src.core.http import domain_router
from src.core.identity import PrincipalDep
from src.users import service
from src.users.models import User
from src.users.schemas import ProfileUpdate, UserRead

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
    """Send only what changes: `{"phone": "+442079460123"}`.

    `phone` and `bio` are removed by `null`; the other fields may be left out, but not emptied. Unknown
    fields, `role` and `email` among them, are refused with 422.
    """
    return await service.update_profile(session, user_id=principal.user_id, changes=changes)
