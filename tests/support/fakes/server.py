"""What the fake providers share: a server in a thread, faults on demand, keys that make a repeated call act once."""

import asyncio
import secrets
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, Self

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute
from starlette.types import Receive, Scope, Send

from src.cli.embedded import pick_free_port

Work = Callable[[Request, dict[str, Any]], Awaitable[dict[str, Any]] | dict[str, Any]]


class Fault(Enum):
    LOST_REQUEST = auto()  # the connection breaks before anything has happened
    LOST_ANSWER = auto()  # it has happened, and the connection breaks
    TOO_MANY = auto()  # 429, nothing has happened
    BROKEN = auto()  # 500, nothing has happened


class ProviderError(Exception):
    def __init__(self, status: int, body: dict[str, Any]) -> None:
        self.status = status
        self.body = body


@dataclass
class Call:
    method: str
    path: str
    key: str | None
    params: dict[str, Any]


@dataclass
class Remembered:
    fingerprint: tuple[str, str, str]
    status: int | None = None  # None: in progress
    body: dict[str, Any] = field(default_factory=dict)


class BrokenConnection(Response):
    """Promises more than it sends: the client's connection breaks in the middle of the answer."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        headers = [(b"content-length", b"1000"), (b"connection", b"close")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"{", "more_body": True})
        raise BrokenPipeError


class FakeProvider:
    """Runs in a thread from `start` to `stop`; `reset` before each test."""

    def __init__(self) -> None:
        self.port = pick_free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        app = Starlette(routes=self.routes())
        self._server = uvicorn.Server(
            uvicorn.Config(app, port=self.port, log_config=None, lifespan="off", access_log=False)
        )
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self.reset()

    def routes(self) -> list[BaseRoute]:
        raise NotImplementedError

    def start(self) -> Self:
        self._thread.start()
        deadline = time.monotonic() + 10
        while not self._server.started:
            assert time.monotonic() < deadline, "the provider does not start"
            time.sleep(0.005)
        return self

    def stop(self) -> None:
        self._server.force_exit = True
        self._server.should_exit = True
        self._thread.join(10)

    def reset(self) -> None:
        self.calls: list[Call] = []
        self.faults: list[Fault | None] = []
        self.next_fault: Callable[[Request], Fault | None] = self._queued_fault
        self.silences: Callable[[Request], bool] = lambda _: False
        self._remembered: dict[str, Remembered] = {}

    def effects(self, path_end: str) -> list[Call]:
        """The calls to that address, as they came in."""
        return [call for call in self.calls if call.path.endswith(path_end) and call.method == "POST"]

    def new_id(self, prefix: str) -> str:
        return f"{prefix}{secrets.token_hex(8)}"

    def _queued_fault(self, request: Request) -> Fault | None:
        return self.faults.pop(0) if self.faults and request.method == "POST" else None

    async def handle(self, request: Request, params: dict[str, Any], key: str | None, work: Work) -> Response:
        """Does the work, once for each key, unless a fault comes first."""
        self.calls.append(Call(request.method, request.url.path, key, params))
        fault = self.next_fault(request)
        if fault is Fault.LOST_REQUEST:
            return BrokenConnection()
        if fault is Fault.TOO_MANY:
            return JSONResponse(self.error_body("rate_limit_error", "Too many requests"), 429)
        if fault is Fault.BROKEN:
            return JSONResponse(self.error_body("api_error", "An unknown error occurred"), 500)
        response = await self._once(request, params, key, work)
        if self.silences(request):  # it has happened, and no answer comes
            while not await request.is_disconnected():  # noqa: ASYNC110 - nothing else tells
                await asyncio.sleep(0.01)
        return BrokenConnection() if fault is Fault.LOST_ANSWER else response

    async def _once(self, request: Request, params: dict[str, Any], key: str | None, work: Work) -> Response:
        if key is None:
            return await self._do(request, params, work, None)
        fingerprint = (request.method, request.url.path, repr(sorted(params.items())))
        known = self._remembered.get(key)
        if known is None:
            known = self._remembered[key] = Remembered(fingerprint)
            return await self._do(request, params, work, known)
        if known.fingerprint != fingerprint:
            return JSONResponse(self.key_reused_body(), 400)
        if known.status is None:
            return JSONResponse(self.error_body("idempotency_error", "in progress"), 409)
        return JSONResponse(known.body, known.status, headers={"Idempotent-Replayed": "true"})

    async def _do(
        self, request: Request, params: dict[str, Any], work: Work, memory: Remembered | None
    ) -> Response:
        try:
            made = work(request, params)
            body = await made if isinstance(made, Awaitable) else made
            status = 200
        except ProviderError as error:
            body, status = error.body, error.status
        if memory is not None:
            memory.status, memory.body = status, body
        return JSONResponse(body, status)

    def error_body(self, kind: str, message: str) -> dict[str, Any]:
        raise NotImplementedError

    def key_reused_body(self) -> dict[str, Any]:
        raise NotImplementedError
