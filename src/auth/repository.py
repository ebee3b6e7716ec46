from datetime import datetime

import asyncpg
from sqlalchemy import BigInteger, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from src.auth.enums import OneTimeTokenPurpose
from src.auth.models import OneTimeToken, RefreshToken, Session
from src.core.identity import Principal, Role
from src.users.models import User

_PRINCIPAL = """
SELECT users.role, users.email_verified_at IS NOT NULL AS is_verified
FROM auth_sessions
JOIN users ON users.id = auth_sessions.user_id
WHERE auth_sessions.id = $1
  AND auth_sessions.user_id = $2
  AND auth_sessions.revoked_at IS NULL
  AND auth_sessions.expires_at > clock_timestamp()
  AND users.deactivated_at IS NULL
"""


async def find_principal(
    connection: asyncpg.Connection, *, user_id: int, session_id: int
) -> Principal | None:
    row = await connection.fetchrow(_PRINCIPAL, session_id, user_id)
    if row is None:
        return None
    return Principal(user_id, session_id, Role(row["role"]), is_verified=row["is_verified"])


async def find_user_of_live_session(session: AsyncSession, session_id: int, now: datetime) -> User | None:
    live = (
        select(User)
        .join(Session, Session.user_id == User.id)
        .where(
            Session.id == session_id,
            Session.revoked_at.is_(None),
            Session.expires_at > now,
            User.deactivated_at.is_(None),
        )
    )
    return await session.scalar(live)


async def revoke_session(session: AsyncSession, session_id: int, now: datetime) -> None:
    await session.execute(
        update(Session).where(Session.id == session_id, Session.revoked_at.is_(None)).values(revoked_at=now)
    )


async def use_refresh_token(session: AsyncSession, token_hash: bytes, now: datetime) -> int | None:
    """The session of a token that was not used before. Of parallel uses the row's lock lets one through."""
    use = (
        update(RefreshToken)
        .where(RefreshToken.token_hash == token_hash, RefreshToken.used_at.is_(None))
        .values(used_at=now)
        .returning(RefreshToken.session_id)
    )
    return await session.scalar(use)


async def find_session_of_token(session: AsyncSession, token_hash: bytes) -> int | None:
    return await session.scalar(select(RefreshToken.session_id).where(RefreshToken.token_hash == token_hash))


async def next_one_time_token_id(session: AsyncSession) -> int:
    """The token is derived from its row's id, which therefore has to be known before the row is written."""
    sequence = func.pg_get_serial_sequence(OneTimeToken.__tablename__, OneTimeToken.id.key)
    return (await session.scalars(select(func.nextval(sequence, type_=BigInteger)))).one()


async def newest_one_time_token(
    session: AsyncSession, user_id: int, purpose: OneTimeTokenPurpose
) -> OneTimeToken | None:
    newest = (
        select(OneTimeToken)
        .where(OneTimeToken.user_id == user_id, OneTimeToken.purpose == purpose)
        .order_by(OneTimeToken.created_at.desc())
        .limit(1)
    )
    return await session.scalar(newest)


async def use_one_time_token(
    session: AsyncSession, token_hash: bytes, purpose: OneTimeTokenPurpose, now: datetime
) -> int | None:
    """The user of a token that is neither used nor expired. Of parallel uses one gets through."""
    use = (
        update(OneTimeToken)
        .where(
            OneTimeToken.token_hash == token_hash,
            OneTimeToken.purpose == purpose,
            OneTimeToken.used_at.is_(None),
            OneTimeToken.expires_at > now,
        )
        .values(used_at=now)
        .returning(OneTimeToken.user_id)
    )
    return await session.scalar(use)


async def find_one_time_token(
    session: AsyncSession, token_hash: bytes, purpose: OneTimeTokenPurpose
) -> OneTimeToken | None:
    return await session.scalar(
        select(OneTimeToken).where(OneTimeToken.token_hash == token_hash, OneTimeToken.purpose == purpose)
    )
