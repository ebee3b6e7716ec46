"""Plain ASGI middleware, few of them: each `BaseHTTPMiddleware` would cost more than the routing."""

import ipaddress
import re
import time
import uuid
from http import HTTPStatus

import orjson
import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from src.core.errors import PROBLEM_MEDIA_TYPE, ProblemError, problem_document
from src.core.observability.metrics import REQUESTS_IN_PROGRESS, count_request
from src.core.observability.scrubbing import scrub_path

log = structlog.get_logger("request")

API_PREFIX = "/api/"
VERSIONED_PREFIX = "/api/v1/"
DOCUMENTATION = {"/api/docs": "/docs", "/api/redoc": "/redoc", "/api/openapi.json": "/openapi.json"}
_VERSION = re.compile(r"/api/v\d+(/|$)")
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._\-]{1,64}")


class ApiAliasMiddleware:
    """`/api/…` without a version is the newest version; `/api/docs` and `/api/redoc` lead to the real pages."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope.get("path", "")
        if scope["type"] == "http" and path.startswith(API_PREFIX) and not _VERSION.match(path):
            if path in DOCUMENTATION:
                await _redirect(DOCUMENTATION[path], send)
                return
            versioned = VERSIONED_PREFIX + path.removeprefix(API_PREFIX)
            # In place: which route was found is read from the scope afterwards.
            scope.update(path=versioned, raw_path=versioned.encode())
        await self.app(scope, receive, send)


async def _redirect(location: str, send: Send) -> None:
    headers = [(b"location", location.encode()), (b"content-length", b"0")]
    await send({"type": "http.response.start", "status": HTTPStatus.TEMPORARY_REDIRECT, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


class ClientAddressMiddleware:
    """The client's address and scheme as our own proxies saw them.

    Each proxy appends whom it was called by to X-Forwarded-For. Counted from the right, as many entries are ours
    to believe as there are proxies; what stands further left the client may have made up.
    """

    def __init__(self, app: ASGIApp, trusted_hops: int) -> None:
        self.app = app
        self._trusted_hops = trusted_hops

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in {"http", "websocket"}:
            headers = Headers(scope=scope)
            address = self._client_address(headers)
            if address is not None:
                scope["client"] = (address, 0)
            if headers.get("x-forwarded-proto") == "https":
                scope["scheme"] = "wss" if scope["type"] == "websocket" else "https"
        await self.app(scope, receive, send)

    def _client_address(self, headers: Headers) -> str | None:
        """None when the request has passed fewer proxies, or the entry is no address."""
        claimed = ",".join(headers.getlist("x-forwarded-for")).split(",")
        if len(claimed) < self._trusted_hops:
            return None
        try:
            return str(ipaddress.ip_address(claimed[-self._trusted_hops].strip()))
        except ValueError:
            return None


class RequestContextMiddleware:
    """Gives every request an id, a log line, a place in the metrics and the security headers.

    An unexpected error ends here, as a problem.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = _incoming_id(scope) or uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        started = time.perf_counter()
        status = 0
        REQUESTS_IN_PROGRESS.inc()

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
                MutableHeaders(scope=message).update(common_headers(request_id))
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        except Exception:
            if status:
                raise
            log.exception("unexpected_error", method=scope["method"], path=scrub_path(scope["path"]))
            await send_problem_document(ProblemError(), send_with_headers, request_id=request_id)
        finally:
            REQUESTS_IN_PROGRESS.dec()
        seconds = time.perf_counter() - started
        count_request(scope, status=status, seconds=seconds)
        milliseconds, path = round(seconds * 1000, 1), scrub_path(scope["path"])
        log.info("answered", method=scope["method"], path=path, status=status, ms=milliseconds)


def common_headers(request_id: str) -> dict[str, str]:
    """What every answer carries."""
    return {
        "X-Request-ID": request_id,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
    }


def _incoming_id(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _REQUEST_ID.fullmatch(value):
            return str(value.decode())
    return None


async def send_problem_document(error: ProblemError, send: Send, *, request_id: str | None) -> None:
    """For layers in front of the routes, which have no response objects."""
    body = orjson.dumps(problem_document(error, request_id=request_id))
    headers = [
        (b"content-type", PROBLEM_MEDIA_TYPE.encode()),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": int(error.status), "headers": headers})
    await send({"type": "http.response.body", "body": body})
