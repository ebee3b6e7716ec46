from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from src.auth.models import ExternalIdentity, SignInCode
from src.users.models import User


async def find_user(session: AsyncSession, issuer: str, subject: str) -> User | None:
    connected = (
        select(User)
        .join(ExternalIdentity, ExternalIdentity.user_id == User.id)
        .where(ExternalIdentity.issuer == issuer, ExternalIdentity.subject == subject)
    )
    return await session.scalar(connected)


async def connect(session: AsyncSession, user_id: int, issuer: str, subject: str) -> bool:
    """False when the user or the identity is connected with another one, also by a commit at this moment."""
    row = insert(ExternalIdentity).values(user_id=user_id, issuer=issuer, subject=subject)
    await session.execute(row.on_conflict_do_nothing())
    connected = select(ExternalIdentity.user_id).where(
        ExternalIdentity.issuer == issuer, ExternalIdentity.subject == subject
    )
    return await session.scalar(connected) == user_id


async def forget_expired_codes(session: AsyncSession, user_id: int, now: datetime) -> None:
    await session.execute(
        delete(SignInCode).where(SignInCode.user_id == user_id, SignInCode.expires_at <= now)
    )


async def use_code(
    session: AsyncSession, token_hash: bytes, challenge: str | None, now: datetime
) -> int | None:
    """The user of a code that hasn't expired. Of parallel uses the row's lock lets one through."""
    use = (
        delete(SignInCode)
        .where(
            SignInCode.token_hash == token_hash,
            SignInCode.challenge.is_not_distinct_from(challenge),
            SignInCode.expires_at > now,
        )
        .returning(SignInCode.user_id)
    )
    return await session.scalar(use)
