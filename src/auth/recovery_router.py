from http import HTTPStatus

from src.auth import service
from src.auth.exceptions import (
    LinkExpiredError,
    LinkInvalidError,
    LinkUsedError,
    WrongPasswordError,
)
from src.auth.limits import Action, LimitsDep
from src.auth.schemas import PasswordChange, PasswordReset, RecoveryRequest
from src.core.clock import utc_now
from src.core.database import DatabaseDep, SessionDep
from src.core.errors import UnauthorizedError, ValidationFailedError, errors
from src.core.http import domain_router
from src.core.identity import PrincipalDep
from src.core.limits import TooManyRequestsError

router = domain_router(tags=["auth"], prefix="/auth")


@router.post(
    "/forgot-password",
    operation_id="forgot_password",
    summary="Mail a link to choose a new password",
    status_code=HTTPStatus.ACCEPTED,
    responses=errors(TooManyRequestsError, ValidationFailedError),
)
async def forgot_password(body: RecoveryRequest, session: SessionDep, limits: LimitsDep) -> None:
    """Always answers 202 and `null`, whether or not the address has an account.

    The link leads to `/reset-password?token=…` of the site, which asks for a new password and sends both to
    `POST /auth/reset-password`. At most one mail a minute goes out.
    """
    await limits.spend(Action.RECOVERY, account=body.email)
    await service.forgot_password(session, email=body.email)


@router.post(
    "/reset-password",
    operation_id="reset_password",
    summary="Choose a new password with a mailed link",
    status_code=HTTPStatus.NO_CONTENT,
    responses=errors(
        LinkInvalidError, LinkExpiredError, LinkUsedError, TooManyRequestsError, ValidationFailedError
    ),
)
async def reset_password(body: PasswordReset, session: SessionDep, limits: LimitsDep) -> None:
    """Takes the token of the mail's link. Ends every session of the account: log in with the new password.

    A token works once and for an hour: on `link_used` and `link_expired` offer a new mail. An error in
    `new_password` (422) doesn't use it up.
    """
    await limits.spend(Action.RECOVERY)
    await service.reset_password(session, token=body.token, new_password=body.new_password, now=utc_now())


@router.post(
    "/change-password",
    operation_id="change_password",
    summary="Change my password",
    status_code=HTTPStatus.NO_CONTENT,
    responses=errors(UnauthorizedError, WrongPasswordError, TooManyRequestsError, ValidationFailedError),
)
async def change_password(
    body: PasswordChange,
    principal: PrincipalDep,
    database: DatabaseDep,
    session: SessionDep,
    limits: LimitsDep,
) -> None:
    """Ends all my other sessions; this one goes on with the tokens it has.

    Who has only ever come through Google has no password to give: let them use `POST /auth/forgot-password`.
    """
    await limits.spend(Action.LOG_IN, account=principal.user_id)
    await service.change_password(
        session,
        database=database,
        user_id=principal.user_id,
        session_id=principal.session_id,
        current_password=body.current_password,
        new_password=body.new_password,
        now=utc_now(),
    )
