from typing import ClassVar, Self

from src.auth.google.client import AuthorizationRequest
from src.auth.google.exceptions import GoogleStateInvalidError
from src.core.attempts import BrowserAttempt
from src.core.errors import ProblemError


class Attempt(BrowserAttempt):
    """What a sign-in remembers while the browser is at Google."""

    cookie: ClassVar[str] = "google_sign_in"
    context: ClassVar[str] = "auth.google.attempt"
    invalid: ClassVar[type[ProblemError]] = GoogleStateInvalidError

    nonce: str
    code_verifier: str
    challenge: str | None  # the site's own, see the router

    @classmethod
    def of(cls, request: AuthorizationRequest, *, challenge: str | None) -> Self:
        return cls(
            state=request.state,
            nonce=request.nonce,
            code_verifier=request.code_verifier,
            challenge=challenge,
        )
