"""Our side of OpenID Connect with Google, through Authlib: which page to send the browser to, and who came back.

Any provider that speaks OpenID Connect will do; `GOOGLE_SERVER_METADATA_URL` says which.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import httpx2
import structlog
from authlib.integrations.starlette_client import OAuth, OAuthError
from joserfc.errors import JoseError

from src.auth.google.exceptions import GoogleDeniedError, GoogleSignInError, GoogleUnavailableError
from src.core.config import Settings

log = structlog.get_logger(__name__)

DENIED: Final = "access_denied"  # RFC 6749, section 4.1.2.1
SCOPE: Final = "openid email profile"
# Google signs with nothing else, whatever a discovery document may allow: `none` and HS256 above all.
ALGORITHM: Final = "RS256"
CLOCK_SKEW_SECONDS: Final = 60
# For all requests of a step together: a person is waiting.
PROVIDER_SECONDS = 8.0
REQUIRED_METADATA: Final = {"issuer", "authorization_endpoint", "token_endpoint", "jwks_uri"}


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """Google's page for one sign-in, and what has to be known again when the browser comes back from it."""

    url: str
    state: str
    nonce: str
    code_verifier: str


@dataclass(frozen=True, slots=True)
class GoogleIdentity:
    """Somebody as Google knows them. Only issuer and subject never change and are never somebody else's."""

    issuer: str
    subject: str
    claims: Mapping[str, Any]


class GoogleClient:
    """One for the whole process: it remembers the provider's endpoints and keys."""

    def __init__(self, settings: Settings) -> None:
        self._client_id = settings.google_client_id
        self._redirect_uri = f"{settings.public_url}/api/v1/auth/google/callback"
        self._provider = OAuth().register(
            "google",
            client_id=settings.google_client_id,
            client_secret=settings.google_client_secret.get_secret_value(),
            server_metadata_url=settings.google_server_metadata_url,
            client_kwargs={
                "scope": SCOPE,
                "code_challenge_method": "S256",
                "timeout": PROVIDER_SECONDS,
                # Authlib makes an HTTP client for each request, and each would read all root certificates: 40 ms
                # during which nobody else is served.
                "verify": httpx2.create_ssl_context(),
            },
        )

    async def begin(self) -> AuthorizationRequest:
        """Raises `GoogleUnavailableError`."""
        async with self._provider_errors():
            await self._metadata()
            made = await self._provider.create_authorization_url(self._redirect_uri)
            return AuthorizationRequest(**made)

    async def finish(
        self, *, code: str | None, error: str | None, code_verifier: str, nonce: str
    ) -> GoogleIdentity:
        """Trades the code that the browser has brought for an ID token, and checks it.

        Raises `GoogleDeniedError`, `GoogleUnavailableError` or `GoogleSignInError`.
        """
        if error is not None or code is None:
            raise GoogleDeniedError if error == DENIED else GoogleSignInError
        async with self._provider_errors():
            metadata = await self._metadata()
            token = await self._provider.fetch_access_token(
                code=code, code_verifier=code_verifier, redirect_uri=self._redirect_uri
            )
            claims = await self._provider.parse_id_token(
                {"id_token": token["id_token"], "access_token": token["access_token"]},
                nonce=nonce,
                claims_options={
                    "iss": {"essential": True, "value": metadata["issuer"]},
                    # Authlib alone would be content with an `azp` that names us.
                    "aud": {"essential": True, "value": self._client_id},
                },
                leeway=CLOCK_SKEW_SECONDS,
            )
            return GoogleIdentity(issuer=claims["iss"], subject=_subject(claims["sub"]), claims=claims)

    async def _metadata(self) -> dict[str, Any]:
        metadata: dict[str, Any] = await self._provider.load_server_metadata()
        if not metadata.keys() >= REQUIRED_METADATA:
            raise ValueError("the discovery document lacks an endpoint")
        metadata["id_token_signing_alg_values_supported"] = [ALGORITHM]
        return metadata

    @asynccontextmanager
    async def _provider_errors(self) -> AsyncIterator[None]:
        """Whatever the provider does wrong becomes one of two refusals; what exactly is for our log."""
        try:
            async with asyncio.timeout(PROVIDER_SECONDS):
                yield
        except (httpx2.HTTPError, TimeoutError) as error:
            log.warning("google_unavailable", error=repr(error))
            raise GoogleUnavailableError from error
        except OAuthError as error:
            # Most of all a code that was used before, or is made up.
            log.warning("google_refused", error=error.error)
            raise GoogleSignInError from error
        except (JoseError, ValueError, KeyError, TypeError, AttributeError) as error:
            # Perhaps it is what we remember that is wrong: endpoints and keys are fetched anew next time.
            self._provider.server_metadata.clear()
            log.warning("google_answer_invalid", error=type(error).__name__, reason=str(error)[:200])
            raise GoogleSignInError from error


def _subject(value: Any) -> str:
    """OpenID Connect Core, section 2: at most 255 ASCII characters."""
    if isinstance(value, str) and value.isascii() and value.isprintable() and 0 < len(value) <= 255:  # noqa: PLR2004
        return value
    raise ValueError("the subject of the ID token is none")
