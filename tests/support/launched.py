"""The product with a stream, for what only processes can show: how it ends, and what nginx makes of it."""

import asyncio
from collections.abc import AsyncIterator

from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse

from src.main import create_app


def create_streaming_app() -> FastAPI:
    """The product, and beside its routes a stream that has no end of its own, and who asks."""
    app = create_app()
    ended = asyncio.Event()
    app.state.shutdown.before_the_end(ended.set)

    async def stream() -> StreamingResponse:
        async def lines() -> AsyncIterator[bytes]:
            yield b"hello"
            await ended.wait()
            await asyncio.sleep(0.3)  # the server has been told to stop by now
            yield b" and good-bye"

        return StreamingResponse(lines(), media_type="text/event-stream")

    async def client(request: Request) -> dict[str, str]:
        assert request.client is not None
        return {"address": request.client.host, "scheme": request.url.scheme}

    app.add_api_route("/stream", stream)
    app.add_api_route("/client", client)
    return app
