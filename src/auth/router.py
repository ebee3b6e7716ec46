from http import HTTPStatus
from typing import Annotated

from fastapi import Form, Request, Response

from src.auth import service
from src.auth.dependencies import ClientDep
from src.auth.exceptions import (
    InvalidCredentialsError,
    InvalidRefreshTokenError,
    LinkExpiredError,
    LinkInvalidError,
    LinkUsedError,
    RefreshTokenReusedError,
)
from src.auth.limits import Action, LimitsDep
from src.auth.schemas import (
    Credentials,
    EmailVerification,
    PasswordForm,
    RefreshRequest,
    Registration,
    TokensRead,
    VerificationRequest,
)
from src.core.clock import utc_now
from src.core.config import SettingsDep
from src.core.database import DatabaseDep, ReadSessionDep, SessionDep
from src.core.errors import UnauthorizedError, ValidationFailedError, errors
from src.core.http import domain_router, problem_response
from src.core.identity import PrincipalDep, SessionEndedError
from src.core.limits import TooManyRequestsError
from src.users import service as users
from src.users.models import User
from src.users.schemas import UserRead

router = domain_router(tags=["auth"], prefix="/auth")


@router.post(
    "/register",
    operation_id="register",
    summary="Create an account",
    status_code=HTTPStatus.CREATED,
    response_model=UserRead,
    responses=errors(TooManyRequestsError, ValidationFailedError),
)
async def register(body: Registration, session: SessionDep, limits: LimitsDep) -> User:
    """Creates an account and mails a link to confirm the address.

    The answer never tells whether the address has an account already; if so, nothing changes and its owner is
    told by mail. So always go on with "we have sent you a mail".

    The link leads to `/verify-email?token=…` of the site, which sends the token to `POST /auth/verify-email`.
    Until then logging in answers 401 `invalid_credentials`, as with a wrong password.
    """
    await limits.spend(Action.REGISTRATION, account=body.email)
    return await service.register(
        session,
        email=body.email,
        password=body.password,
        firstname=body.firstname,
        lastname=body.lastname,
        now=utc_now(),
    )


@router.post(
    "/verify-email",
    operation_id="verify_email",
    summary="Confirm an e-mail address",
    response_model=UserRead,
    responses=errors(
        LinkInvalidError, LinkExpiredError, LinkUsedError, TooManyRequestsError, ValidationFailedError
    ),
)
async def verify_email(body: EmailVerification, session: SessionDep, limits: LimitsDep) -> User:
    """Takes the token of the link in the mail and answers with the user, now `is_verified`.

    A token works once: on `link_used` send people to the log-in, on `link_expired` offer a new mail.
    """
    await limits.spend(Action.VERIFICATION)
    return await service.verify_email(session, token=body.token, now=utc_now())


@router.post(
    "/resend-verification",
    operation_id="resend_verification",
    summary="Mail the link to confirm an address again",
    status_code=HTTPStatus.ACCEPTED,
    responses=errors(TooManyRequestsError, ValidationFailedError),
)
async def resend_verification(body: VerificationRequest, session: SessionDep, limits: LimitsDep) -> None:
    """Always answers 202 and `null`, whether or not the address has an account that waits for confirmation.

    At most one mail a minute goes out.
    """
    await limits.spend(Action.VERIFICATION, account=body.email)
    await service.resend_verification(session, email=body.email)


@router.post(
    "/login",
    operation_id="login",
    summary="Log in",
    response_model=TokensRead,
    responses=errors(InvalidCredentialsError, TooManyRequestsError, ValidationFailedError),
)
async def login(
    body: Credentials,
    client: ClientDep,
    database: DatabaseDep,
    session: SessionDep,
    settings: SettingsDep,
    limits: LimitsDep,
) -> service.IssuedTokens:
    """Opens a session on this device and answers with its two tokens and the user.

    401 `invalid_credentials` doesn't tell what is wrong: the address, the password, or that the address is not
    confirmed yet. In that last case the link goes out again, so a site best says "look into your mail, too".

    Send the access token as `Authorization: Bearer …`. When a request answers 401 `token_expired`, trade the
    refresh token for new ones (`POST /auth/refresh`) and send the request again.
    """
    await limits.spend(Action.LOG_IN, account=body.email)
    tokens = await service.log_in(
        session,
        database=database,
        email=body.email,
        password=body.password,
        client=client,
        settings=settings,
        now=utc_now(),
    )
    await limits.restore(Action.LOG_IN, account=body.email)
    return tokens


@router.post(
    "/token",
    operation_id="create_token",
    summary="Log in with the OAuth 2 password form",
    response_model=TokensRead,
    responses=errors(InvalidCredentialsError, TooManyRequestsError, ValidationFailedError),
)
async def create_token(
    form: Annotated[PasswordForm, Form()],
    client: ClientDep,
    database: DatabaseDep,
    session: SessionDep,
    settings: SettingsDep,
    limits: LimitsDep,
) -> service.IssuedTokens:
    """What *Authorize* on this page uses: the same as `POST /auth/login`, with a form instead of JSON.

    `username=mira@example.com&password=…`; the client's id and secret stay empty.
    """
    await limits.spend(Action.LOG_IN, account=form.username)
    tokens = await service.log_in(
        session,
        database=database,
        email=form.username,
        password=form.password,
        client=client,
        settings=settings,
        now=utc_now(),
    )
    await limits.restore(Action.LOG_IN, account=form.username)
    return tokens


@router.post(
    "/refresh",
    operation_id="refresh",
    summary="Trade a refresh token for new tokens",
    response_model=TokensRead,
    responses=errors(
        InvalidRefreshTokenError, RefreshTokenReusedError, SessionEndedError, ValidationFailedError
    ),
)
async def refresh(
    request: Request, body: RefreshRequest, session: SessionDep, settings: SettingsDep
) -> service.IssuedTokens | Response:
    """Answers like a log-in. The refresh token is used up: store the new one before you go on.

    Using a token again ends its session for all who hold a token of it, so let one tab refresh for all.
    A session ends for good 30 days after its log-in; on any 401 of this address log in again.
    """
    outcome = await service.refresh(
        session, refresh_token=body.refresh_token, settings=settings, now=utc_now()
    )
    if isinstance(outcome, RefreshTokenReusedError):
        # An answer, not an exception: the transaction has to commit the end of the session.
        return problem_response(request, outcome)
    return outcome


@router.post(
    "/logout",
    operation_id="logout",
    summary="Log out here",
    status_code=HTTPStatus.NO_CONTENT,
    responses=errors(UnauthorizedError),
)
async def logout(principal: PrincipalDep, session: SessionDep) -> None:
    """Ends this session: its access token and its refresh token are refused from the next request on."""
    await service.log_out(session, session_id=principal.session_id, now=utc_now())


@router.get(
    "/me",
    operation_id="get_current_user",
    summary="Who am I?",
    response_model=UserRead,
    responses=errors(UnauthorizedError),
)
async def get_current_user(principal: PrincipalDep, session: ReadSessionDep) -> User:
    """The user whom the access token belongs to, with today's role and confirmation of the address."""
    return await users.get_user(session, user_id=principal.user_id)
