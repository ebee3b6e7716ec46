"""Sessions and their tokens: a log-in opens one, a refresh rotates its token, a log-out ends it."""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from src.auth import repository
from src.auth.access_tokens import AccessTokens
from src.auth.exceptions import (
    InvalidRefreshTokenError,
    RefreshTokenReusedError,
    SessionNotFoundError,
)
from src.auth.models import RefreshToken, Session
from src.core.config import Settings
from src.core.database import Database, Rows
from src.core.identity import Principal, SessionEndedError
from src.core.pagination import PageRequest
from src.core.signing import hash_token
from src.users.models import User


class Client(NamedTuple):
    """The device at the other end, kept so that people recognise their sessions."""

    user_agent: str | None
    ip: str | None


@dataclass(frozen=True, slots=True)
class IssuedTokens:
    """What a client gets once: the refresh token is stored nowhere but as a hash."""

    session_id: int
    access_token: str
    refresh_token: str
    expires_in: int  # seconds, of the access token
    user: User


async def open_session(
    session: AsyncSession, *, user: User, client: Client, settings: Settings, now: datetime
) -> IssuedTokens:
    opened = Session(
        user_id=user.id,
        created_at=now,
        last_used_at=now,
        expires_at=now + timedelta(days=settings.refresh_token_days),
        user_agent=client.user_agent,
        ip=client.ip,
    )
    session.add(opened)
    await session.flush()
    return await _issue(session, user=user, session_id=opened.id, settings=settings, now=now)


async def refresh(
    session: AsyncSession, *, refresh_token: str, settings: Settings, now: datetime
) -> IssuedTokens | RefreshTokenReusedError:
    """New tokens for a refresh token that is used up by this.

    A token used before is in two hands, and nobody can say which is the thief's: the whole session ends. That
    refusal is returned, not raised, because the transaction that ends the session has to be committed.

    Raises `InvalidRefreshTokenError` or `SessionEndedError`.
    """
    token_hash = hash_token(refresh_token)
    session_id = await repository.use_refresh_token(session, token_hash, now)
    if session_id is None:
        session_id = await repository.find_session_of_token(session, token_hash)
        if session_id is None:
            raise InvalidRefreshTokenError
        await repository.revoke_session(session, session_id, now)
        return RefreshTokenReusedError()
    user = await repository.find_user_of_live_session(session, session_id, now)
    if user is None:
        raise SessionEndedError
    await repository.mark_session_used(session, session_id, now)
    return await _issue(session, user=user, session_id=session_id, settings=settings, now=now)


async def identify(database: Database, *, user_id: int, session_id: int) -> Principal | None:
    """Whose it is, with their role of this moment; None when it has ended, or they may not log in any more."""
    async with database.fast_reading() as connection:
        return await repository.find_principal(connection, user_id=user_id, session_id=session_id)


async def list_sessions(
    session: AsyncSession, *, user_id: int, now: datetime, page: PageRequest
) -> tuple[Sequence[Session], int]:
    """Those that haven't ended, the latest used first."""
    return await repository.list_live_sessions(session, user_id, now, page)


async def find_live_sessions(rows: Rows, session_ids: Collection[int]) -> set[int]:
    """Those of the sessions that a request could still come from."""
    return await repository.find_live_sessions(rows, session_ids)


async def end_session(session: AsyncSession, *, user_id: int, session_id: int, now: datetime) -> None:
    """Raises `SessionNotFoundError`, also for a session of somebody else."""
    if not await repository.revoke_own_session(session, session_id, user_id, now):
        raise SessionNotFoundError


async def log_out_everywhere(session: AsyncSession, *, user_id: int, now: datetime) -> None:
    await repository.revoke_sessions(session, user_id, now)


async def log_out(session: AsyncSession, *, session_id: int, now: datetime) -> None:
    """Ends this session: its access token is refused from the next request on."""
    await repository.revoke_session(session, session_id, now)


async def _issue(
    session: AsyncSession, *, user: User, session_id: int, settings: Settings, now: datetime
) -> IssuedTokens:
    refresh_token = secrets.token_urlsafe(32)
    session.add(RefreshToken(session_id=session_id, token_hash=hash_token(refresh_token)))
    await session.flush()
    tokens = AccessTokens.of(settings)
    return IssuedTokens(
        session_id=session_id,
        access_token=tokens.issue(user_id=user.id, session_id=session_id, now=now),
        refresh_token=refresh_token,
        expires_in=int(tokens.lifetime.total_seconds()),
        user=user,
    )
