"""From a Google account to a session of ours, in two steps: a one-time code for the site, then tokens for it."""

import base64
import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from src.auth.events import EmailVerified, UserRegistered
from src.auth.google import profile, repository
from src.auth.google.client import GoogleIdentity
from src.auth.google.exceptions import (
    AccountDeactivatedError,
    AccountNotVerifiedError,
    GoogleCodeInvalidError,
    GoogleEmailNotVerifiedError,
    OtherGoogleAccountError,
)
from src.auth.models import SignInCode
from src.auth.service import sessions
from src.core import events
from src.core.config import Settings
from src.core.signing import hash_token
from src.users import service as users
from src.users.models import User

CODE_LIFETIME: Final = timedelta(minutes=1)


async def sign_in(
    session: AsyncSession, *, identity: GoogleIdentity, challenge: str | None, now: datetime
) -> str:
    """A code that `exchange` turns into tokens, once, within a minute.

    Raises `GoogleEmailNotVerifiedError`, `AccountNotVerifiedError`, `OtherGoogleAccountError` or
    `AccountDeactivatedError`.
    """
    user = await repository.find_user(session, identity.issuer, identity.subject)
    if user is None:
        user = await _connect(session, identity, now)
    _refuse_deactivated(user)
    picture = profile.picture(identity.claims)
    if picture is not None and picture != user.avatar:
        await users.set_avatar(session, user_id=user.id, avatar=picture)
    return await _issue_code(session, user_id=user.id, challenge=challenge, now=now)


async def exchange(
    session: AsyncSession,
    *,
    code: str,
    code_verifier: str | None,
    client: sessions.Client,
    settings: Settings,
    now: datetime,
) -> sessions.IssuedTokens:
    """Opens a session, as a log-in does. Raises `GoogleCodeInvalidError` or `AccountDeactivatedError`.

    A verifier for a code without a challenge is refused too: a site that always sends one can't be made to take a
    code that somebody else's browser has got (RFC 9700, section 4.8.2).
    """
    challenge = None if code_verifier is None else _challenge_of(code_verifier)
    user_id = await repository.use_code(session, hash_token(code), challenge, now)
    if user_id is None:
        raise GoogleCodeInvalidError
    user = await users.get_user(session, user_id=user_id)
    _refuse_deactivated(user)
    return await sessions.open_session(session, user=user, client=client, settings=settings, now=now)


async def _connect(session: AsyncSession, identity: GoogleIdentity, now: datetime) -> User:
    """Makes the account, or finds the one with this address if both sides have verified it."""
    email = profile.verified_email(identity.claims)
    if email is None:
        raise GoogleEmailNotVerifiedError
    firstname, lastname = profile.names(identity.claims, email=email)
    user = await users.create_verified_unless_taken(
        session, email=email, firstname=firstname, lastname=lastname, now=now
    )
    if user is not None:
        await events.publish(session, UserRegistered(user_id=user.id))
        await events.publish(session, EmailVerified(user_id=user.id))
    else:
        user = await _owner_of(session, email)
    if not await repository.connect(session, user.id, identity.issuer, identity.subject):
        raise OtherGoogleAccountError
    return user


async def _owner_of(session: AsyncSession, email: str) -> User:
    user = await users.get_by_email(session, email=email)
    _refuse_deactivated(user)
    if not user.is_verified:
        raise AccountNotVerifiedError
    return user


def _refuse_deactivated(user: User) -> None:
    if user.deactivated_at is not None:
        raise AccountDeactivatedError


async def _issue_code(session: AsyncSession, *, user_id: int, challenge: str | None, now: datetime) -> str:
    await repository.forget_expired_codes(session, user_id, now)
    code = secrets.token_urlsafe(32)
    session.add(
        SignInCode(
            user_id=user_id, token_hash=hash_token(code), challenge=challenge, expires_at=now + CODE_LIFETIME
        )
    )
    await session.flush()
    return code


def _challenge_of(verifier: str) -> str:
    """S256 of RFC 7636."""
    digest = hashlib.sha256(verifier.encode("utf-8", "surrogatepass")).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
