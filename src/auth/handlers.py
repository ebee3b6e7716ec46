from sqlalchemy.ext.asyncio import AsyncSession

from src.auth.events import EmailVerified, UserRegistered
from src.auth.service import verification
from src.core.clock import utc_now
from src.core.config import get_settings
from src.core.mail import service as mail
from src.users import service as users


async def mail_verification(session: AsyncSession, event: UserRegistered) -> None:
    await verification.mail_link(session, user_id=event.user_id, settings=get_settings(), now=utc_now())


async def mail_welcome(session: AsyncSession, event: EmailVerified) -> None:
    user = await users.get_user(session, user_id=event.user_id)
    await mail.queue(
        session, key=f"welcome:{user.id}", template="auth/welcome", recipient=user.email, params={}
    )
