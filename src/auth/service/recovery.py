"""A new password: by a link that is mailed, or by the old one. Either ends sessions."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from src.auth import passwords, repository
from src.auth.enums import OneTimeTokenPurpose
from src.auth.events import EmailVerified, PasswordChanged, PasswordResetRequested
from src.auth.exceptions import LinkInvalidError, WrongPasswordError
from src.auth.service import one_time_tokens
from src.core import events
from src.core.config import Settings
from src.core.database import Database
from src.core.mail import service as mail
from src.users import service as users
from src.users.models import User

PURPOSE = OneTimeTokenPurpose.RESET_PASSWORD
PAUSE_BETWEEN_MAILS = timedelta(minutes=1)


async def forgot_password(session: AsyncSession, *, email: str) -> None:
    """Does the same for an address without an account: the event of nobody is handled by doing nothing."""
    user = await users.find_by_email(session, email=email)
    await events.publish(session, PasswordResetRequested(user_id=user.id if user else users.NOBODY_ID))


async def mail_reset_link(session: AsyncSession, *, user_id: int, settings: Settings, now: datetime) -> None:
    """Queues the mail with the link, at most one a minute; nobody who is deactivated gets one."""
    user = await users.find(session, user_id=user_id)
    if user is None or user.deactivated_at is not None:
        return
    newest = await repository.newest_one_time_token(session, user.id, PURPOSE)
    if newest is not None and newest.created_at > now - PAUSE_BETWEEN_MAILS:
        return
    lifetime = timedelta(minutes=settings.reset_token_minutes)
    token = await one_time_tokens.create(
        session, user_id=user.id, purpose=PURPOSE, lifetime=lifetime, settings=settings, now=now
    )
    await mail.queue(
        session,
        key=f"password-reset:{token.id}",
        template="auth/password_reset",
        recipient=user.email,
        locale=user.locale,
        confirms_address=True,
        params={"token_id": token.id, "minutes": settings.reset_token_minutes},
    )


async def reset_password(session: AsyncSession, *, token: str, new_password: str, now: datetime) -> None:
    """Uses the token of the mail up and ends all sessions.

    Who has the link has the mailbox, so the address counts as confirmed from now on.
    Raises `LinkInvalidError`, `LinkUsedError` or `LinkExpiredError`.
    """
    # Before the first statement: no connection is held while the password is hashed.
    new_hash = await passwords.make_hash(new_password)
    user_id = await one_time_tokens.use(session, token=token, purpose=PURPOSE, now=now)
    user = await users.get_user(session, user_id=user_id)
    if not await users.lock_password(session, user_id=user_id, changed_at=user.password_changed_at):
        raise LinkInvalidError  # deactivated, or another link was faster
    await _set_password(session, user=user, new_hash=new_hash, now=now)
    await repository.revoke_sessions(session, user_id, now)
    await mail.allow_recipient(session, recipient=user.email)
    if await users.mark_verified(session, user_id=user_id, now=now):
        await events.publish(session, EmailVerified(user_id=user_id))


async def change_password(
    session: AsyncSession,
    *,
    database: Database,
    user_id: int,
    session_id: int,
    current_password: str,
    new_password: str,
    now: datetime,
) -> None:
    """Ends all sessions but this one. Raises `WrongPasswordError`.

    As at a log-in, no connection is held while passwords are hashed.
    """
    async with database.reading() as reading:
        user = await users.get_user(reading, user_id=user_id)
    if not (await passwords.verify(current_password, user.password_hash)).is_right:
        raise WrongPasswordError
    new_hash = await passwords.make_hash(new_password)
    if not await users.lock_password(session, user_id=user_id, changed_at=user.password_changed_at):
        raise WrongPasswordError  # changed meanwhile, or the account is gone
    await _set_password(session, user=user, new_hash=new_hash, now=now)
    await repository.revoke_sessions(session, user_id, now, but=session_id)


async def mail_password_changed(session: AsyncSession, *, user_id: int) -> None:
    user = await users.get_user(session, user_id=user_id)
    if user.deactivated_at is not None or user.password_changed_at is None:
        return
    await mail.queue(
        session,
        key=f"password-changed:{user.id}:{user.password_changed_at.isoformat()}",
        template="auth/password_changed",
        recipient=user.email,
        locale=user.locale,
        params={},
    )


async def _set_password(session: AsyncSession, *, user: User, new_hash: str, now: datetime) -> None:
    """Locks the user's row, so that a log-in with the old password is over, or fails (see `login`)."""
    await users.set_password_hash(session, user_id=user.id, new_hash=new_hash, now=now)
    await repository.use_up_one_time_tokens(session, user.id, PURPOSE, now)
    await events.publish(session, PasswordChanged(user_id=user.id))
