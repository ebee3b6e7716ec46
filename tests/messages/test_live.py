"""What somebody says, has read, or is about to say reaches the streams of the other side at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson
import pytest
from fastapi import FastAPI

from src.core.limits import Limiter
from src.main import create_app
from src.messages.contacts import HIDDEN
from tests.factories.world import Person, World, ok
from tests.messages.support import answer, read, write
from tests.support.services import create_extra_database

Shown = tuple[str, dict[str, Any]]


@pytest.fixture(scope="module")
async def real_app(settings) -> AsyncIterator[FastAPI]:
    """Commits: only what is committed is shown."""
    app = create_app(settings.model_copy(update={"database_url": create_extra_database("message_streams")}))
    app.state.limiter = Limiter(settings.redis_url, prefix="limits:message_streams")
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def real_world(real_app: FastAPI, settings) -> AsyncIterator[World]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(real_app), base_url="http://test") as client:
        yield World(client=client, database=real_app.state.database, settings=settings)


@asynccontextmanager
async def stream_of(app: FastAPI, person: Person) -> AsyncIterator["asyncio.Queue[Shown]"]:
    """What it shows after its greeting. The application is called as a server does: httpx waits for the end."""
    ticket = urlsplit((await ok(person.post("/notifications/stream-tickets")))["url"])
    shown: asyncio.Queue[Shown] = asyncio.Queue()
    is_left = asyncio.Event()

    async def receive() -> dict[str, Any]:
        await is_left.wait()
        return {"type": "http.disconnect"}

    async def send(part: dict[str, Any]) -> None:
        for block in part.get("body", b"").decode().split("\n\n"):
            fields = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line)
            if "data" in fields:
                shown.put_nowait((fields["event"], orjson.loads(fields["data"])))

    scope = {
        "type": "http",
        "method": "GET",
        "path": ticket.path,
        "query_string": ticket.query.encode(),
        "headers": [],
    }
    streaming = asyncio.create_task(app(scope, receive, send))  # type: ignore[arg-type]
    assert await following(shown) == ("ready", {})
    try:
        yield shown
    finally:
        is_left.set()
        await streaming


async def following(shown: "asyncio.Queue[Shown]") -> Shown:
    async with asyncio.timeout(20):
        return await shown.get()


async def signalled(person: Person, path: str, shown: "asyncio.Queue[Shown]") -> Shown:
    """What passes is lost while the application isn't yet connected to Redis."""
    for _ in range(20):
        assert (await person.post(path)).status_code == 204
        with suppress(TimeoutError):
            async with asyncio.timeout(1):
                return await shown.get()
    raise AssertionError("nothing was shown")


async def test_a_message_a_read_mark_and_typing_reach_the_stream_of_the_other_side(
    real_app: FastAPI, real_world: World
) -> None:
    studio, customer = await real_world.studio(), await real_world.person()
    asked = await write(customer, studio)
    here = {"conversation_id": asked["conversation_id"]}
    async with stream_of(real_app, customer) as theirs, stream_of(real_app, studio.owner) as ours:
        said = await answer(studio.owner, studio, customer, "Yes. Call 020 7946 0123\nany time")
        kind, shown = await following(theirs)
        sender = {"id": studio.owner.id, "name": said["sender"]["name"].partition(" ")[0] + " N."}
        assert kind == "message"
        assert shown == here | {
            "id": said["id"],
            "side": "studio",
            "sender": sender,
            "booking_id": None,
            "excerpt": f"Yes. Call {HIDDEN} any time",
            "attachments": 0,
            "created_at": said["created_at"],
        }
        kind, shown = await following(ours)
        assert (kind, shown["excerpt"]) == ("message", "Yes. Call 020 7946 0123 any time")

        await read(customer, said)
        mark = ("conversation_read", here | {"side": "customer", "message_id": said["id"]})
        assert await following(theirs) == await following(ours) == mark

        path = f"/messages/conversation/{asked['conversation_id']}/typing"
        assert await signalled(studio.owner, path, theirs) == ("typing", here | {"side": "studio"})
        assert ours.empty()


async def test_what_is_said_elsewhere_is_shown_to_nobody_else(real_app: FastAPI, real_world: World) -> None:
    studio, customer, stranger = (
        await real_world.studio(),
        await real_world.person(),
        await real_world.person(),
    )
    async with stream_of(real_app, stranger) as theirs, stream_of(real_app, studio.owner) as ours:
        await write(customer, studio)
        await following(ours)
        mine = await write(stranger, studio, "Hello?")
        assert (await following(theirs))[1]["id"] == mine["id"]
