"""What a sign-in remembers while the browser is at Google: in a cookie, so that it is this browser's alone."""

import hmac
import time
from typing import Final, Self

from fastapi import Request, Response
from pydantic import BaseModel, ValidationError

from src.auth.google.client import AuthorizationRequest
from src.auth.google.exceptions import GoogleStateInvalidError
from src.core.config import Settings
from src.core.encryption import SecretBox, SecretUnreadableError

LIFETIME_SECONDS: Final = 600
CONTEXT: Final = "auth.google.attempt"


class Attempt(BaseModel):
    state: str
    nonce: str
    code_verifier: str
    challenge: str | None  # the site's own, see the router
    expires_at: float  # seconds since 1970

    @classmethod
    def of(cls, request: AuthorizationRequest, *, challenge: str | None) -> Self:
        return cls(
            state=request.state,
            nonce=request.nonce,
            code_verifier=request.code_verifier,
            challenge=challenge,
            expires_at=time.time() + LIFETIME_SECONDS,
        )

    def remember(self, response: Response, *, settings: Settings, box: SecretBox) -> None:
        """Lax: the cookie comes along when Google sends the browser back, and with nothing that a page embeds."""
        response.set_cookie(
            _name(settings),
            box.seal(self.model_dump_json(), context=CONTEXT),
            max_age=LIFETIME_SECONDS,
            httponly=True,
            samesite="lax",
            secure=_is_secure(settings),
        )

    @classmethod
    def recall(cls, request: Request, *, state: str | None, settings: Settings, box: SecretBox) -> Self:
        """The attempt that this browser has started and this state belongs to. Raises `GoogleStateInvalidError`."""
        try:
            sealed = request.cookies.get(_name(settings), "")
            attempt = cls.model_validate_json(box.open(sealed, context=CONTEXT))
        except (SecretUnreadableError, ValidationError) as error:
            raise GoogleStateInvalidError from error
        is_its_state = hmac.compare_digest(attempt.state.encode(), (state or "").encode("utf-8", "replace"))
        if not is_its_state or attempt.expires_at < time.time():
            raise GoogleStateInvalidError
        return attempt


def forget(response: Response, *, settings: Settings) -> None:
    response.delete_cookie(_name(settings), httponly=True, samesite="lax", secure=_is_secure(settings))


def _is_secure(settings: Settings) -> bool:
    return settings.public_url.startswith("https://")


def _name(settings: Settings) -> str:
    """Browsers take a name with `__Host-` from this very host alone: no neighbour can plant an attempt of its own."""
    return "__Host-google_sign_in" if _is_secure(settings) else "google_sign_in"
