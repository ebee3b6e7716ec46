"""Tokens of mails: derived from the secret key when a mail is rendered, stored as a hash, used once."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from src.auth import repository
from src.auth.enums import OneTimeTokenPurpose
from src.auth.exceptions import LinkExpiredError, LinkInvalidError, LinkUsedError
from src.auth.models import OneTimeToken
from src.core.config import Settings
from src.core.signing import derive_token, hash_token


async def create(
    session: AsyncSession,
    *,
    user_id: int,
    purpose: OneTimeTokenPurpose,
    lifetime: timedelta,
    settings: Settings,
    now: datetime,
) -> OneTimeToken:
    token_id = await repository.next_one_time_token_id(session)
    secret = settings.secret_key.get_secret_value()
    token = OneTimeToken(
        id=token_id,
        user_id=user_id,
        purpose=purpose,
        token_hash=hash_token(derive_token(secret, purpose=purpose, subject_id=token_id)),
        created_at=now,
        expires_at=now + lifetime,
    )
    session.add(token)
    await session.flush()
    return token


async def use(session: AsyncSession, *, token: str, purpose: OneTimeTokenPurpose, now: datetime) -> int:
    """The id of the user it was made for; the token is used up with this transaction.

    Raises `LinkInvalidError`, `LinkUsedError` or `LinkExpiredError`.
    """
    token_hash = hash_token(token)
    user_id = await repository.use_one_time_token(session, token_hash, purpose, now)
    if user_id is not None:
        return user_id
    known = await repository.find_one_time_token(session, token_hash, purpose)
    if known is None:
        raise LinkInvalidError
    raise LinkExpiredError if known.used_at is None else LinkUsedError
