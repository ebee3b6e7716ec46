from http import HTTPStatus
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query, Request
from fastapi.responses import RedirectResponse

from src.auth.dependencies import ClientDep
from src.auth.google import service
from src.auth.google.attempt import Attempt
from src.auth.google.dependencies import GoogleDep
from src.auth.google.exceptions import (
    AccountDeactivatedError,
    GoogleCodeInvalidError,
    GoogleNotConfiguredError,
    GoogleSignInError,
)
from src.auth.google.schemas import CHALLENGE_PATTERN, GoogleExchange
from src.auth.limits import Action, LimitsDep
from src.auth.schemas import TokensRead
from src.auth.service import IssuedTokens
from src.core.clock import utc_now
from src.core.config import Settings, SettingsDep
from src.core.database import DatabaseDep, SessionDep
from src.core.encryption import SecretBoxDep
from src.core.errors import ValidationFailedError, errors
from src.core.http import domain_router
from src.core.limits import TooManyRequestsError
from src.core.tasks import run_in_transaction

router = domain_router(tags=["auth"], prefix="/auth/google")

# The one page of the one site that a sign-in ends at: nothing that a request says can change it.
FRONTEND_PAGE = "/auth/google/callback"


@router.get(
    "/redirect",
    operation_id="redirect_to_google",
    summary="Sign in with Google: send the browser here",
    status_code=HTTPStatus.FOUND,
    response_class=RedirectResponse,
    responses=errors(GoogleNotConfiguredError, ValidationFailedError)
    | {302: {"description": "To Google, or back to the site with `?error=`"}},
)
async def redirect_to_google(
    google: GoogleDep,
    settings: SettingsDep,
    box: SecretBoxDep,
    code_challenge: Annotated[
        str | None,
        Query(
            pattern=CHALLENGE_PATTERN,
            description="S256 of a random `code_verifier` that your page keeps (RFC 7636)",
            examples=["E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"],
        ),
    ] = None,
) -> RedirectResponse:
    """A link, not a `fetch`: `<a href="…/api/v1/auth/google/redirect?code_challenge=…">`.

    The browser goes to Google and comes back to the site's page `/auth/google/callback`, either with `?code=…`, to be
    sent to `POST /auth/google/exchange` within a minute, or with `?error=…`:

    * `google_denied`: the person has said no. `google_state_invalid`: not started here, or too slow: offer it again.
    * `google_unavailable`, `google_failed`: Google doesn't answer, or not properly: offer the password.
    * `google_email_not_verified`: Google can't vouch for the address; have them register.
    * `account_not_verified`: somebody has registered this address without confirming it; offer to reset the password,
      which confirms it, and Google works from then on.
    * `other_google_account`, `account_deactivated`, `too_many_requests`.

    Make a fresh `code_verifier` for each click, keep it in `sessionStorage` and always send it along: then nobody can
    slip their own code to your visitors.
    """
    try:
        authorization = await google.begin()
    except GoogleSignInError as refusal:
        return _to_frontend(settings, error=refusal.code)
    response = _redirect(authorization.url)
    Attempt.of(authorization, challenge=code_challenge).remember(response, settings=settings, box=box)
    return response


@router.get(
    "/callback",
    operation_id="return_from_google",
    summary="Sign in with Google: where Google sends the browser",
    status_code=HTTPStatus.FOUND,
    response_class=RedirectResponse,
    responses=errors(GoogleNotConfiguredError, ValidationFailedError)
    | {302: {"description": "To the site, with `?code=` or `?error=`"}},
)
async def return_from_google(
    request: Request,
    google: GoogleDep,
    database: DatabaseDep,
    settings: SettingsDep,
    box: SecretBoxDep,
    limits: LimitsDep,
    code: str | None = None,
    state: str | None = None,
    error: str | None = None,
) -> RedirectResponse:
    """Not for you to call: register this address with Google as an *authorised redirect URI*.

    Works only in the browser that has started, by its cookie, and ends at the site as `redirect_to_google` says.
    """
    try:
        await limits.spend(Action.LOG_IN)
        started = Attempt.recall(request, state=state, settings=settings, box=box)
        identity = await google.finish(
            code=code, error=error, code_verifier=started.code_verifier, nonce=started.nonce
        )
        # Not the request's transaction: it begins when Google has answered, and only it is tried again.
        sign_in_code = await run_in_transaction(
            database,
            lambda session: service.sign_in(
                session, identity=identity, challenge=started.challenge, now=utc_now()
            ),
        )
    except (GoogleSignInError, TooManyRequestsError) as refusal:
        response = _to_frontend(settings, error=refusal.code)
    else:
        response = _to_frontend(settings, code=sign_in_code)
    Attempt.forget(response, settings=settings)
    return response


@router.post(
    "/exchange",
    operation_id="exchange_google_code",
    summary="Sign in with Google: trade the code for tokens",
    response_model=TokensRead,
    responses=errors(
        GoogleCodeInvalidError,
        AccountDeactivatedError,
        GoogleNotConfiguredError,
        TooManyRequestsError,
        ValidationFailedError,
    ),
)
async def exchange_google_code(
    body: GoogleExchange,
    _: GoogleDep,
    client: ClientDep,
    session: SessionDep,
    settings: SettingsDep,
    limits: LimitsDep,
) -> IssuedTokens:
    """Answers like `POST /auth/login`. A code works once and for a minute.

    Whoever comes for the first time has an account now, confirmed and without a password; they can set one by
    `POST /auth/forgot-password`.
    """
    await limits.spend(Action.LOG_IN)
    return await service.exchange(
        session,
        code=body.code,
        code_verifier=body.code_verifier,
        client=client,
        settings=settings,
        now=utc_now(),
    )


def _to_frontend(settings: Settings, **parameters: str) -> RedirectResponse:
    return _redirect(f"{settings.frontend_url}{FRONTEND_PAGE}?{urlencode(parameters)}")


def _redirect(url: str) -> RedirectResponse:
    return RedirectResponse(url, status_code=int(HTTPStatus.FOUND), headers={"Cache-Control": "no-store"})
