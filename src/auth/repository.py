from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import asyncpg
from sqlalchemy import BigInteger, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from src.auth.enums import OneTimeTokenPurpose
from src.auth.models import ExternalIdentity, OneTimeToken, RefreshToken, Session, SignInCode
from src.core.database import Rows
from src.core.identity import Principal, Role
from src.core.pagination import PageRequest, paginate
from src.users.models import User

_PRINCIPAL = """
SELECT users.role
FROM auth_sessions
JOIN users ON users.id = auth_sessions.user_id
WHERE auth_sessions.id = $1
  AND auth_sessions.user_id = $2
  AND auth_sessions.revoked_at IS NULL
  AND auth_sessions.expires_at > clock_timestamp()
  AND users.deactivated_at IS NULL AND users.email_verified_at IS NOT NULL
"""


async def find_principal(
    connection: asyncpg.Connection, *, user_id: int, session_id: int
) -> Principal | None:
    row = await connection.fetchrow(_PRINCIPAL, session_id, user_id)
    if row is None:
        return None
    return Principal(user_id, session_id, Role(row["role"]))


_LIVE_SESSIONS = """
SELECT auth_sessions.id
FROM auth_sessions
JOIN users ON users.id = auth_sessions.user_id
WHERE auth_sessions.id = ANY($1)
  AND auth_sessions.revoked_at IS NULL
  AND auth_sessions.expires_at > clock_timestamp()
  AND users.deactivated_at IS NULL AND users.email_verified_at IS NOT NULL
"""


async def find_live_sessions(rows: Rows, session_ids: Collection[int]) -> set[int]:
    return {row["id"] for row in await rows.fetch(_LIVE_SESSIONS, list(session_ids))}


async def find_user_of_live_session(session: AsyncSession, session_id: int, now: datetime) -> User | None:
    live = (
        select(User)
        .join(Session, Session.user_id == User.id)
        .where(
            Session.id == session_id,
            Session.revoked_at.is_(None),
            Session.expires_at > now,
            User.deactivated_at.is_(None),
            User.email_verified_at.is_not(None),
        )
    )
    return await session.scalar(live)


async def mark_session_used(session: AsyncSession, session_id: int, now: datetime) -> None:
    await session.execute(update(Session).where(Session.id == session_id).values(last_used_at=now))


async def list_live_sessions(
    session: AsyncSession, user_id: int, now: datetime, page: PageRequest
) -> tuple[Sequence[Session], int]:
    live = (
        select(Session)
        .where(Session.user_id == user_id, Session.revoked_at.is_(None), Session.expires_at > now)
        .order_by(Session.last_used_at.desc(), Session.id.desc())
    )
    return await paginate(session, live, page)


async def revoke_own_session(session: AsyncSession, session_id: int, user_id: int, now: datetime) -> bool:
    """False when the user has no such live session."""
    revoked = (
        update(Session)
        .where(
            Session.id == session_id,
            Session.user_id == user_id,
            Session.revoked_at.is_(None),
            Session.expires_at > now,
        )
        .values(revoked_at=now)
        .returning(Session.id)
    )
    return await session.scalar(revoked) is not None


async def revoke_sessions(
    session: AsyncSession, user_id: int, now: datetime, *, but: int | None = None
) -> None:
    """All of a user's, `but` one if it is given."""
    revoked = update(Session).where(Session.user_id == user_id, Session.revoked_at.is_(None))
    if but is not None:
        revoked = revoked.where(Session.id != but)
    await session.execute(revoked.values(revoked_at=now))


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


async def use_up_one_time_tokens(
    session: AsyncSession, user_id: int, purpose: OneTimeTokenPurpose, now: datetime
) -> None:
    """All that a user has left of this purpose."""
    await session.execute(
        update(OneTimeToken)
        .where(
            OneTimeToken.user_id == user_id, OneTimeToken.purpose == purpose, OneTimeToken.used_at.is_(None)
        )
        .values(used_at=now)
    )


async def is_session_younger(session: AsyncSession, session_id: int, age: timedelta) -> bool:
    """By its log-in: refreshing proves nothing about who is there."""
    younger = select(Session.id).where(
        Session.id == session_id, Session.created_at > func.clock_timestamp() - age
    )
    return await session.scalar(younger) is not None


async def list_sessions_of(session: AsyncSession, user_id: int) -> Sequence[Session]:
    return (
        await session.scalars(select(Session).where(Session.user_id == user_id).order_by(Session.id))
    ).all()


async def list_identities_of(session: AsyncSession, user_id: int) -> Sequence[ExternalIdentity]:
    identities = select(ExternalIdentity).where(ExternalIdentity.user_id == user_id)
    return (await session.scalars(identities.order_by(ExternalIdentity.id))).all()


async def delete_traces(session: AsyncSession, user_id: int) -> None:
    """All sessions with their tokens and devices, all tokens of mails, and accounts elsewhere."""
    for table in (Session, OneTimeToken, SignInCode, ExternalIdentity):
        await session.execute(delete(table).where(table.user_id == user_id))
