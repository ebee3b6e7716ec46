"""Access tokens: JWTs of a quarter of an hour, HS256 and nothing else (RFC 8725)."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Self

from joserfc import jwt
from joserfc.errors import ExpiredTokenError, JoseError
from joserfc.jwk import OctKey

from src.core.config import Settings
from src.core.identity import InvalidTokenError, TokenExpiredError

ALGORITHM: Final = "HS256"
AUDIENCE: Final = "downbeat-api"
TYPE: Final = "access"
# Clocks of two servers may differ a little: a token may seem to be issued in the near future.
CLOCK_SKEW_SECONDS: Final = 5
MOST_REMEMBERED: Final = 10_000


@dataclass(frozen=True, slots=True)
class AccessClaims:
    user_id: int
    session_id: int
    expires_at: int  # seconds since 1970


class AccessTokens:
    """Issues and reads tokens, and remembers the ones whose signature it has verified.

    Only genuine tokens are remembered, so that nobody can fill the memory with made-up ones.
    """

    def __init__(self, *, secret: str, issuer: str, lifetime: timedelta) -> None:
        # Its own key: a signature made for another purpose is never one of an access token.
        self._key = OctKey.import_key(hmac.digest(secret.encode(), b"access-token", "sha256"))
        self._issuer = issuer
        self._verified: dict[bytes, AccessClaims] = {}
        self.lifetime = lifetime

    @classmethod
    def of(cls, settings: Settings) -> Self:
        return cls(
            secret=settings.secret_key.get_secret_value(),
            issuer=settings.public_url,
            lifetime=timedelta(minutes=settings.access_token_minutes),
        )

    def issue(self, *, user_id: int, session_id: int, now: datetime) -> str:
        claims = {
            "iss": self._issuer,
            "aud": AUDIENCE,
            "typ": TYPE,
            "sub": str(user_id),
            "sid": session_id,
            "iat": int(now.timestamp()),
            "exp": int((now + self.lifetime).timestamp()),
        }
        return jwt.encode({"alg": ALGORITHM, "typ": "JWT"}, claims, self._key)

    def read(self, token: str, *, now: datetime) -> AccessClaims:
        """Raises `InvalidTokenError` or `TokenExpiredError`."""
        digest = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
        claims = self._verified.get(digest)
        if claims is None:
            claims = self._verify(token, now)
            self._remember(digest, claims)
        if claims.expires_at <= now.timestamp():
            self._verified.pop(digest, None)
            raise TokenExpiredError
        return claims

    def _verify(self, token: str, now: datetime) -> AccessClaims:
        registry = jwt.JWTClaimsRegistry(
            now=int(now.timestamp()),
            leeway=CLOCK_SKEW_SECONDS,
            iss={"essential": True, "value": self._issuer},
            aud={"essential": True, "value": AUDIENCE},
            typ={"essential": True, "value": TYPE},
            sub={"essential": True},
            sid={"essential": True},
            iat={"essential": True},
            exp={"essential": True},
        )
        try:
            claims = jwt.decode(token, self._key, algorithms=[ALGORITHM]).claims
            registry.validate(claims)
            return AccessClaims(int(claims["sub"]), int(claims["sid"]), int(claims["exp"]))
        except ExpiredTokenError as error:
            raise TokenExpiredError from error
        except (JoseError, ValueError, TypeError) as error:
            raise InvalidTokenError from error

    def _remember(self, digest: bytes, claims: AccessClaims) -> None:
        if len(self._verified) >= MOST_REMEMBERED:
            # The oldest: all tokens live equally long, so it is also (almost) the first to expire.
            del self._verified[next(iter(self._verified))]
        self._verified[digest] = claims
