from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from src.auth import repository
from src.auth.enums import OneTimeTokenPurpose
from src.auth.events import EmailVerified, VerificationRequested
from src.auth.service import one_time_tokens
from src.core import events
from src.core.config import Settings
from src.core.mail import service as mail
from src.users import service as users
from src.users.models import User

PURPOSE = OneTimeTokenPurpose.VERIFY_EMAIL
PAUSE_BETWEEN_MAILS = timedelta(minutes=1)


async def verify_email(session: AsyncSession, *, token: str, now: datetime) -> User:
    """Uses the token of the mail up. Raises `LinkInvalidError`, `LinkUsedError` or `LinkExpiredError`."""
    user_id = await one_time_tokens.use(session, token=token, purpose=PURPOSE, now=now)
    return await vouch_for_address(session, user_id=user_id, now=now)


async def vouch_for_address(session: AsyncSession, *, user_id: int, now: datetime) -> User:
    """It is known whose address it is: by the link of a mail, or by what an administrator of the platform has seen.

    An earlier and a later mail both hold a link that works: only the first one verifies.
    Raises `UserNotFoundError`.
    """
    if await users.mark_verified(session, user_id=user_id, now=now):
        await events.publish(session, EmailVerified(user_id=user_id))
    user = await users.get_user(session, user_id=user_id)
    await mail.allow_recipient(session, recipient=user.email)
    return user


async def resend_verification(session: AsyncSession, *, email: str) -> None:
    """Does the same for an address without an account: the event of nobody is handled by doing nothing."""
    user = await users.find_by_email(session, email=email)
    await events.publish(session, VerificationRequested(user_id=user.id if user else users.NOBODY_ID))


async def mail_link(session: AsyncSession, *, user_id: int, settings: Settings, now: datetime) -> None:
    """Queues the mail with the link, at most one a minute; nobody who is verified, or deactivated, gets one."""
    user = await users.find(session, user_id=user_id)
    if user is None or user.is_verified or user.deactivated_at is not None:
        return
    newest = await repository.newest_one_time_token(session, user.id, PURPOSE)
    if newest is not None and newest.created_at > now - PAUSE_BETWEEN_MAILS:
        return
    lifetime = timedelta(hours=settings.verification_token_hours)
    token = await one_time_tokens.create(
        session, user_id=user.id, purpose=PURPOSE, lifetime=lifetime, settings=settings, now=now
    )
    await mail.queue(
        session,
        key=f"verify-email:{token.id}",
        template="auth/verify_email",
        recipient=user.email,
        locale=user.locale,
        confirms_address=True,
        params={"token_id": token.id},
    )
