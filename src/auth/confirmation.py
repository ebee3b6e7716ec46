"""Is it really them? Asked before what can't be undone; `main` binds it to `app.state.check_identity`."""

from datetime import timedelta
from typing import Final

from fastapi import Request

from src.auth import passwords, repository
from src.auth.dependencies import get_client
from src.auth.exceptions import LogInNotRecentError, WrongPasswordError
from src.auth.limits import Action, AuthLimits
from src.core.database import Database
from src.core.identity import Principal
from src.users import service as users

RECENT: Final = timedelta(minutes=10)


async def check_identity(request: Request, *, principal: Principal, password: str | None) -> None:
    """Implements `core.identity.IdentityCheck`. Guesses count like those of changing the password.

    Raises `WrongPasswordError`, `LogInNotRecentError` or `TooManyRequestsError`.
    """
    app = request.app
    if password is None:
        await _require_recent_log_in(app.state.database, session_id=principal.session_id)
        return
    limits = AuthLimits(app.state.limiter, app.state.settings, (await get_client(request)).ip)
    await limits.spend(Action.LOG_IN, account=principal.user_id)
    async with app.state.database.reading() as session:
        user = await users.get_user(session, user_id=principal.user_id)
    if not (await passwords.verify(password, user.password_hash)).is_right:
        raise WrongPasswordError


async def _require_recent_log_in(database: Database, *, session_id: int) -> None:
    async with database.reading() as session:
        is_recent = await repository.is_session_younger(session, session_id, RECENT)
    if not is_recent:
        raise LogInNotRecentError
