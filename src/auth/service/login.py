import asyncio
import time
from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from src.auth import passwords
from src.auth.exceptions import InvalidCredentialsError
from src.auth.service import sessions
from src.core.config import Settings
from src.core.database import Database
from src.users import service as users

# A refusal comes no sooner than this after the request: longer than it takes to verify any hash that we may have
# (bcrypt with Laravel's 12 rounds: 0.3 s), so that its time says nothing about the kind of hash, or of none.
REFUSAL_SECONDS: Final = 0.4


async def log_in(
    session: AsyncSession,
    *,
    database: Database,
    email: str,
    password: str,
    client: sessions.Client,
    settings: Settings,
    now: datetime,
) -> sessions.IssuedTokens:
    """Opens a session. Raises `InvalidCredentialsError`.

    The user is read before `session` has sent its first statement, and the password is verified in between:
    no connection is held meanwhile, or twenty log-ins at once would drain the pool.
    """
    started = time.monotonic()
    async with database.reading() as reading:
        user = await users.find_by_email(reading, email=email)
    password_hash = user.password_hash if user else None
    verification = await passwords.verify(password, password_hash)
    if user is None or user.deactivated_at is not None or not verification.is_right:
        await asyncio.sleep(started + REFUSAL_SECONDS - time.monotonic())
        raise InvalidCredentialsError
    if not await users.lock_password(session, user_id=user.id, changed_at=user.password_changed_at):
        # Changed since it was read: the change has ended all sessions, and none of the old password may follow.
        raise InvalidCredentialsError
    if password_hash is not None and verification.new_hash is not None:
        await users.upgrade_password_hash(
            session, user_id=user.id, old_hash=password_hash, new_hash=verification.new_hash
        )
    return await sessions.open_session(session, user=user, client=client, settings=settings, now=now)
