"""Plain ASGI middleware, few of them: each `BaseHTTPMiddleware` would cost more than the routing."""

import re
import time
import uuid
from http import HTTPStatus

import orjson
import structlog
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from src.core.errors import PROBLEM_MEDIA_TYPE, ProblemError, problem_document

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
            scope = {**scope, "path": versioned, "raw_path": versioned.encode()}
        await self.app(scope, receive, send)


async def _redirect(location: str, send: Send) -> None:
    headers = [(b"location", location.encode()), (b"content-length", b"0")]
    await send({"type": "http.response.start", "status": HTTPStatus.TEMPORARY_REDIRECT, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


class RequestContextMiddleware:
    """Gives every request an id, one log line and the security headers, and ends unexpected errors as a problem."""

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

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = request_id
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Referrer-Policy"] = "no-referrer"
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        except Exception:
            log.exception("unexpected_error", method=scope["method"], path=scope["path"])
            if status:
                raise
            await _send_internal_error(request_id, send_with_headers)
        milliseconds = round((time.perf_counter() - started) * 1000, 1)
        log.info("answered", method=scope["method"], path=scope["path"], status=status, ms=milliseconds)


def _incoming_id(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _REQUEST_ID.fullmatch(value):
            return str(value.decode())
    return None


async def _send_internal_error(request_id: str, send: Send) -> None:
    body = orjson.dumps(problem_document(ProblemError(), request_id=request_id))
    headers = [
        (b"content-type", PROBLEM_MEDIA_TYPE.encode()),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": 500, "headers": headers})
    await send({"type": "http.response.body", "body": body})
