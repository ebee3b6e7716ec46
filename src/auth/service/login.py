import asyncio
import time
from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from src.auth import passwords
from src.auth.exceptions import InvalidCredentialsError
from src.auth.service import sessions, verification
from src.core.config import Settings
from src.core.database import Database
from src.core.identity import Role
from src.users import service as users
from src.users.models import User

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
    required_role: Role | None = None,
) -> sessions.IssuedTokens:
    """Opens a session. Raises `InvalidCredentialsError`, also for who hasn't the role where one is required.

    An address that was never confirmed is refused like a wrong password, or whoever registers an address could tell
    by logging in whether it was free; who knows the password is mailed another link.

    The user is read before `session` has sent its first statement, and the password is verified in between:
    no connection is held meanwhile, or twenty log-ins at once would drain the pool.
    """
    started = time.monotonic()
    async with database.reading() as reading:
        user = await users.find_by_email(reading, email=email)
    password_hash = user.password_hash if user else None
    verified = await passwords.verify(password, password_hash)
    may_enter = user is not None and user.deactivated_at is None and required_role in {None, user.role}
    if user is None or not (may_enter and verified.is_right and user.is_verified):
        if user is not None and verified.is_right and not user.is_verified:
            await _mail_link_again(database, user)
        await asyncio.sleep(started + REFUSAL_SECONDS - time.monotonic())
        raise InvalidCredentialsError
    if not await users.lock_password(session, user_id=user.id, changed_at=user.password_changed_at):
        # Changed since it was read, or deactivated: that has ended all sessions, and none may follow.
        raise InvalidCredentialsError
    if password_hash is not None and verified.new_hash is not None:
        await users.upgrade_password_hash(
            session, user_id=user.id, old_hash=password_hash, new_hash=verified.new_hash
        )
    return await sessions.open_session(session, user=user, client=client, settings=settings, now=now)


async def _mail_link_again(database: Database, user: User) -> None:
    """In a transaction of its own: the log-in's is rolled back."""
    async with database.transaction() as session:
        await verification.resend_verification(session, email=user.email)
