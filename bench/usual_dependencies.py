"""Session and user of a request, the way the framework's tutorials have them."""

import hashlib
import hmac
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, HTTPException, Request
from fastapi.security import OAuth2PasswordBearer
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from sqlalchemy.ext.asyncio import AsyncSession

from bench.usual_models import User
from src.auth.access_tokens import ALGORITHM, AUDIENCE
from src.core.config import Settings

oauth2_scheme = OAuth2PasswordBearer(tokenUrl="/api/v1/auth/token")


async def get_session(request: Request) -> AsyncIterator[AsyncSession]:
    async with request.app.state.sessions() as session:
        yield session


SessionDep = Annotated[AsyncSession, Depends(get_session)]


def signing_key(settings: Settings) -> OctKey:
    """That of the product, so that both read the same tokens."""
    secret = settings.secret_key.get_secret_value().encode()
    return OctKey.import_key(hmac.digest(secret, b"access-token", hashlib.sha256))


_claims = jwt.JWTClaimsRegistry(aud={"essential": True, "value": AUDIENCE}, exp={"essential": True})


async def get_current_user(
    request: Request, session: SessionDep, token: Annotated[str, Depends(oauth2_scheme)]
) -> User:
    try:
        claims = jwt.decode(token, request.app.state.key, algorithms=[ALGORITHM]).claims
        _claims.validate(claims)
    except JoseError as error:
        raise HTTPException(status_code=401, detail="Could not validate credentials") from error
    user = await session.get(User, int(claims["sub"]))
    if user is None or user.deactivated_at is not None:
        raise HTTPException(status_code=401, detail="Could not validate credentials")
    return user


async def get_verified_user(user: Annotated[User, Depends(get_current_user)]) -> User:
    if user.email_verified_at is None:
        raise HTTPException(status_code=403, detail="E-mail address not verified")
    return user


VerifiedUserDep = Annotated[User, Depends(get_verified_user)]
