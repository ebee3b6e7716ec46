"""What the browser has begun with us and ends after a visit to somebody else's page: in a cookie, its alone.

Otherwise somebody could send a person to the end of what they had begun for themselves (OAuth's `state`, RFC 6749).
"""

import hmac
import time
from typing import ClassVar, Final, Self

from fastapi import Request, Response
from pydantic import BaseModel, Field, ValidationError

from src.core.config import Settings
from src.core.encryption import SecretBox, SecretUnreadableError
from src.core.errors import ProblemError

LIFETIME_SECONDS: Final = 600


def _end() -> float:
    return time.time() + LIFETIME_SECONDS


class BrowserAttempt(BaseModel):
    """One kind names its cookie, what its seal is for, and the error for who comes back with another's."""

    cookie: ClassVar[str]
    context: ClassVar[str]
    invalid: ClassVar[type[ProblemError]]

    state: str
    expires_at: float = Field(default_factory=_end)  # seconds since 1970

    def remember(self, response: Response, *, settings: Settings, box: SecretBox) -> None:
        """Lax: the cookie comes along when the browser is sent back, and with nothing that a page embeds."""
        response.set_cookie(
            self._name(settings),
            box.seal(self.model_dump_json(), context=self.context),
            max_age=LIFETIME_SECONDS,
            httponly=True,
            samesite="lax",
            secure=_is_secure(settings),
        )

    @classmethod
    def recall(cls, request: Request, *, state: str | None, settings: Settings, box: SecretBox) -> Self:
        """What this browser has begun and this state belongs to. Raises `invalid`."""
        try:
            sealed = request.cookies.get(cls._name(settings), "")
            attempt = cls.model_validate_json(box.open(sealed, context=cls.context))
        except (SecretUnreadableError, ValidationError) as error:
            raise cls.invalid from error
        is_its_state = hmac.compare_digest(attempt.state.encode(), (state or "").encode("utf-8", "replace"))
        if not is_its_state or attempt.expires_at < time.time():
            raise cls.invalid
        return attempt

    @classmethod
    def forget(cls, response: Response, *, settings: Settings) -> None:
        response.delete_cookie(
            cls._name(settings), httponly=True, samesite="lax", secure=_is_secure(settings)
        )

    @classmethod
    def _name(cls, settings: Settings) -> str:
        """Browsers take a name with `__Host-` from this very host alone: no neighbour can plant one of its own."""
        return f"__Host-{cls.cookie}" if _is_secure(settings) else cls.cookie


def _is_secure(settings: Settings) -> bool:
    return settings.public_url.startswith("https://")
