"""A stream as an answer. Not Starlette's StreamingResponse: that takes two tasks and a task group for each."""

import asyncio
from http import HTTPStatus
from typing import Final

import structlog
from fastapi.sse import EventSourceResponse, format_sse_event
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from src.notifications.stream.hub import Hub
from src.notifications.stream.streams import RETRY_MILLISECONDS, Stream

log = structlog.get_logger(__name__)

# Whoever takes nothing for so long, with a full socket, is cut off: they go on where they were when they come back.
PATIENCE_SECONDS: Final = 10.0
_FAREWELL: Final = format_sse_event(comment="bye", retry=RETRY_MILLISECONDS)


class StreamResponse(Response):
    media_type = EventSourceResponse.media_type

    def __init__(self, hub: Hub, stream: Stream) -> None:
        super().__init__(
            status_code=HTTPStatus.OK,
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},  # nginx would collect it
        )
        del self.headers["content-length"]
        self._hub = hub
        self._stream = stream

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's
        watching = asyncio.create_task(self._close_when_client_leaves(receive))
        self._hub.join(self._stream)
        try:
            await self._send_all(send)
        except TimeoutError:
            log.info("stream_cut_off", user_id=self._stream.user_id)
        finally:
            watching.cancel()
            self._hub.leave(self._stream)

    async def _send_all(self, send: Send) -> None:
        start = {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
        await _send(send, start)
        while chunk := await self._stream.take():
            await _send(send, {"type": "http.response.body", "body": chunk, "more_body": True})
            self._hub.took(self._stream)
        await _send(send, {"type": "http.response.body", "body": _FAREWELL, "more_body": False})

    async def _close_when_client_leaves(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._stream.close()


async def _send(send: Send, message: dict[str, object]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        await send(message)
