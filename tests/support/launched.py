"""The product with routes of tests, for what only processes can show: how it ends, what nginx and Sentry are told."""

import asyncio
import logging
from collections.abc import AsyncIterator
from urllib.request import urlopen

import httpx
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


def create_failing_app() -> FastAPI:
    """The product with routes that fail, let a library complain, and call others, all with what somebody sent."""
    app = create_app()

    async def fail(place: str, request: Request) -> None:
        sent = await request.json()
        error = RuntimeError(f"nothing at {request.url.path} for {place}")
        raise error from LookupError(f"nobody has {sent['email']}")

    async def complain(request: Request) -> None:
        sent = await request.json()
        logging.getLogger("library").error("refused: %s", sent["email"], extra={"sent": sent})

    async def call(request: Request) -> None:
        sent = await request.json()
        async with httpx.AsyncClient() as client:
            await client.post(sent["url"])
        await asyncio.to_thread(urlopen, sent["url"], b"")

    app.add_api_route("/api/v1/feeds/{place}/failing", fail, methods=["POST"])
    app.add_api_route("/api/v1/complaints", complain, methods=["POST"])
    app.add_api_route("/api/v1/calls", call, methods=["POST"])
    return app
