"""The session of the admin pages: a signed cookie that names a session of `auth`, which alone decides who may in."""

import hashlib
import hmac
import secrets
import time
from typing import Final, Self

from itsdangerous import BadData, URLSafeTimedSerializer
from pydantic import BaseModel, ValidationError
from starlette.requests import HTTPConnection
from starlette.responses import Response

from src.core.config import Settings

PATH: Final = "/admin"
LONGEST_SECONDS: Final = 12 * 60 * 60


class StaffSession(BaseModel):
    """Before the log-in it has only the token of the log-in form; the log-in begins another one."""

    csrf_token: str
    began_at: float  # seconds since 1970
    user_id: int | None = None
    session_id: int | None = None
    notice: str = ""  # what the next page says, once

    @classmethod
    def begin(cls, *, user_id: int | None = None, session_id: int | None = None) -> Self:
        return cls(
            csrf_token=secrets.token_urlsafe(32),
            began_at=time.time(),
            user_id=user_id,
            session_id=session_id,
        )

    @classmethod
    def recall(cls, request: HTTPConnection, settings: Settings) -> Self:
        """That of the cookie; a fresh one when there is none, it was idle too long, or is as old as it may get."""
        sealed = request.cookies.get(_name(settings), "")
        try:
            content = _serializer(settings).loads(sealed, max_age=settings.admin_idle_minutes * 60)
            session = cls.model_validate(content)
        except (BadData, ValidationError):
            return cls.begin()
        return session if session.began_at > time.time() - LONGEST_SECONDS else cls.begin()

    def remember(self, response: Response, settings: Settings) -> None:
        """Each answer does it: the time that the session may be idle begins anew."""
        response.set_cookie(
            _name(settings),
            _serializer(settings).dumps(self.model_dump()),
            path="/" if _is_secure(settings) else PATH,
            httponly=True,
            samesite="strict",
            secure=_is_secure(settings),
        )

    def accepts(self, csrf_token: str) -> bool:
        return hmac.compare_digest(self.csrf_token.encode(), csrf_token.encode("utf-8", "replace"))


def _serializer(settings: Settings) -> URLSafeTimedSerializer:
    secret = settings.secret_key.get_secret_value().encode()
    # Its own key: a signature made for another purpose is never one of such a cookie.
    key = hmac.digest(secret, b"admin-session", "sha256")
    return URLSafeTimedSerializer(key, salt="admin", signer_kwargs={"digest_method": hashlib.sha256})


def _is_secure(settings: Settings) -> bool:
    """Production refuses to start without https."""
    return settings.public_url.startswith("https://")


def _name(settings: Settings) -> str:
    """Browsers take a name with `__Host-` from this very host alone; it wants the path `/`."""
    return "__Host-downbeat_admin" if _is_secure(settings) else "downbeat_admin"
