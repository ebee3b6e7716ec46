"""From a bearer token to the person behind the request; `main` binds it to `app.state.authenticate`."""

from src.auth import service
from src.auth.access_tokens import AccessTokens
from src.core.clock import utc_now
from src.core.config import Settings
from src.core.database import Database
from src.core.identity import Principal, SessionEndedError


class SessionAuthenticator:
    """Implements `core.identity.Authenticator`; one for the whole application, as it remembers tokens.

    The signature alone is not enough: a role taken away, a session ended or an account deactivated counts
    from the very next request, for the price of one indexed read.
    """

    def __init__(self, settings: Settings) -> None:
        self._tokens = AccessTokens.of(settings)

    async def __call__(self, database: Database, token: str) -> Principal:
        """Raises `InvalidTokenError`, `TokenExpiredError` or `SessionEndedError`."""
        claims = self._tokens.read(token, now=utc_now())
        principal = await service.identify(database, user_id=claims.user_id, session_id=claims.session_id)
        if principal is None:
            raise SessionEndedError
        return principal
