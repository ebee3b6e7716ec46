"""A small OpenID provider on loopback: discovery, authorization, token and keys, as strict as Google's.

It checks redirect address, client secret, PKCE and that a code is used once; by `claims`, `status` and the other
fields it can be told to do wrong what a provider may do wrong.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import parse_qs, urlencode, urlsplit

import uvicorn
from joserfc import jwt
from joserfc.jwk import RSAKey
from joserfc.jws import JWSRegistry
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from src.cli.embedded import pick_free_port

CLIENT_ID = "downbeat.apps.example"
CLIENT_SECRET = "a-client-secret"
PERSON = {
    "sub": "110169484474386276334",
    "email": "mira@example.com",
    "email_verified": True,
    "name": "Mira Okafor",
    "given_name": "Mira",
    "family_name": "Okafor",
    "picture": "https://lh3.example.com/a/mira",
}


@dataclass
class Behaviour:
    """How it answers; a test changes what it is about."""

    person: dict[str, Any] = field(default_factory=lambda: dict(PERSON))
    claims: dict[str, Any] = field(default_factory=dict)  # over what a good token holds; None leaves it out
    algorithm: str = "RS256"
    signs_with_foreign_key: bool = False
    status: dict[str, int] = field(default_factory=dict)  # path -> what it answers instead
    body: dict[str, bytes] = field(default_factory=dict)  # path -> what it answers instead
    seconds: dict[str, float] = field(default_factory=dict)  # path -> how long it takes
    denies: bool = False


@dataclass
class Grant:
    nonce: str
    challenge: str
    redirect_uri: str


class OpenIdProvider:
    """Runs in a thread from `start` to `stop`; `reset` before each test."""

    def __init__(self) -> None:
        self.port = pick_free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.metadata_url = f"{self.url}/.well-known/openid-configuration"
        self.redirect_uris = {"http://test/api/v1/auth/google/callback"}
        self._key = _new_key()
        self._foreign_key = _new_key()
        self._server = uvicorn.Server(
            uvicorn.Config(self._app(), port=self.port, log_config=None, lifespan="off", access_log=False)
        )
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self.reset()

    def start(self) -> Self:
        self._thread.start()
        deadline = time.monotonic() + 10
        while not self._server.started:
            assert time.monotonic() < deadline, "the provider does not start"
            time.sleep(0.005)
        return self

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(10)

    def reset(self) -> None:
        self.behaviour = Behaviour()
        self.requests: list[str] = []
        self._grants: dict[str, Grant] = {}

    def rotate_keys(self) -> None:
        self._key = _new_key()

    def visit(self, url: str) -> str:
        """What a person's browser does with the address of the log-in page: where it is sent next."""
        parts = urlsplit(url)
        assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{self.url}/authorize", url
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        assert query["client_id"] == CLIENT_ID
        assert query["response_type"] == "code"
        assert {"openid", "email"} <= set(query["scope"].split())
        assert query["code_challenge_method"] == "S256"
        assert query["redirect_uri"] in self.redirect_uris
        answer = {"state": query["state"]}
        if self.behaviour.denies:
            answer["error"] = "access_denied"
        else:
            answer["code"] = secrets.token_urlsafe(24)
            self._grants[answer["code"]] = Grant(
                query["nonce"], query["code_challenge"], query["redirect_uri"]
            )
        return f"{query['redirect_uri']}?{urlencode(answer)}"

    def _app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._answer(self._metadata)),
                Route("/authorize", self._authorize),
                Route("/token", self._answer(self._token), methods=["POST"]),
                Route("/keys", self._answer(self._keys)),
            ]
        )

    def _answer(self, endpoint: Any) -> Any:
        async def answer(request: Request) -> Response:
            path = request.url.path
            self.requests.append(path)
            if seconds := self.behaviour.seconds.get(path):
                await asyncio.sleep(seconds)
            if path in self.behaviour.status or path in self.behaviour.body:
                status = self.behaviour.status.get(path, 200)
                return Response(self.behaviour.body.get(path, b"sorry"), status)
            response: Response = await endpoint(request)
            return response

        return answer

    async def _metadata(self, _: Request) -> Response:
        return JSONResponse(
            {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/keys",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                # More than a client should accept.
                "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
                "code_challenge_methods_supported": ["plain", "S256"],
            }
        )

    async def _authorize(self, request: Request) -> Response:
        return RedirectResponse(self.visit(f"{self.url}/authorize?{request.url.query}"), 302)

    async def _keys(self, _: Request) -> Response:
        return JSONResponse({"keys": [self._key.as_dict(private=False, use="sig", alg="RS256")]})

    async def _token(self, request: Request) -> Response:
        basic = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {basic}":
            return JSONResponse({"error": "invalid_client"}, 401)
        form = await request.form()
        grant = self._grants.pop(str(form.get("code")), None)
        if grant is None or form.get("redirect_uri") != grant.redirect_uri:
            return JSONResponse({"error": "invalid_grant"}, 400)
        digest = hashlib.sha256(str(form.get("code_verifier")).encode()).digest()
        if _base64(digest) != grant.challenge:
            return JSONResponse({"error": "invalid_grant", "error_description": "PKCE"}, 400)
        return JSONResponse(
            {
                "access_token": secrets.token_urlsafe(24),
                "token_type": "Bearer",
                "expires_in": 3599,
                "id_token": self._id_token(grant),
            }
        )

    def _id_token(self, grant: Grant) -> str:
        behaviour = self.behaviour
        now = int(time.time())
        claims = {
            "iss": self.url,
            "aud": CLIENT_ID,
            "azp": CLIENT_ID,
            "iat": now,
            "exp": now + 3600,
            "nonce": grant.nonce,
            **behaviour.person,
            **behaviour.claims,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        # A foreign key too goes by the name of ours.
        header = {"alg": behaviour.algorithm, "kid": self._key.kid}
        if behaviour.algorithm == "none":
            return f"{_base64(json.dumps(header).encode())}.{_base64(json.dumps(claims).encode())}."
        if behaviour.algorithm == "HS256":  # key confusion: signed with what everybody can read
            signed = f"{_base64(json.dumps(header).encode())}.{_base64(json.dumps(claims).encode())}"
            signature = hmac.digest(self._key.as_pem(private=False), signed.encode(), "sha256")
            return f"{signed}.{_base64(signature)}"
        key = self._foreign_key if behaviour.signs_with_foreign_key else self._key
        return jwt.encode(header, claims, key, registry=JWSRegistry(algorithms=[behaviour.algorithm]))


def _new_key() -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": secrets.token_hex(4)}, auto_kid=False)


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
