from sqlalchemy.ext.asyncio import AsyncSession

from src.auth import repository
from src.auth.events import (
    EmailVerified,
    PasswordChanged,
    PasswordResetRequested,
    TakenAddressRegistered,
    UserRegistered,
    VerificationRequested,
)
from src.auth.service import recovery, registration, verification
from src.core.clock import utc_now
from src.core.config import get_settings
from src.core.mail import service as mail
from src.users import service as users
from src.users.events import UserDeactivated, UserDeleted


async def mail_verification(session: AsyncSession, event: UserRegistered) -> None:
    await verification.mail_link(session, user_id=event.user_id, settings=get_settings(), now=utc_now())


async def mail_welcome(session: AsyncSession, event: EmailVerified) -> None:
    user = await users.get_user(session, user_id=event.user_id)
    await mail.queue(
        session,
        key=f"welcome:{user.id}",
        template="auth/welcome",
        recipient=user.email,
        locale=user.locale,
        params={},
    )


async def mail_already_registered(session: AsyncSession, event: TakenAddressRegistered) -> None:
    await registration.mail_already_registered(session, user_id=event.user_id, now=utc_now())


async def mail_verification_again(session: AsyncSession, event: VerificationRequested) -> None:
    await verification.mail_link(session, user_id=event.user_id, settings=get_settings(), now=utc_now())


async def mail_reset_link(session: AsyncSession, event: PasswordResetRequested) -> None:
    await recovery.mail_reset_link(session, user_id=event.user_id, settings=get_settings(), now=utc_now())


async def mail_password_changed(session: AsyncSession, event: PasswordChanged) -> None:
    await recovery.mail_password_changed(session, user_id=event.user_id)


async def end_sessions(session: AsyncSession, event: UserDeactivated) -> None:
    """They are refused already; ended, they stay refused when the account is opened again."""
    await repository.revoke_sessions(session, event.user_id, utc_now())


async def forget_user(session: AsyncSession, event: UserDeleted) -> None:
    await repository.delete_traces(session, event.user_id)
