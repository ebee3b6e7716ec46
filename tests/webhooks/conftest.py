from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import text

from src.core.config import Settings
from src.core.database import Database
from tests.factories.world import Studio, World, created
from tests.support.worker import Mailbox, Worker
from tests.webhooks.receiver import Receiver


@pytest.fixture
def lenient(app: FastAPI, settings: Settings) -> Iterator[Settings]:
    """Where addresses of this machine are allowed."""
    app.state.settings = settings.model_copy(update={"outbound_allows_loopback": True})
    yield app.state.settings
    app.state.settings = settings


@pytest.fixture
def worker(database: Database, lenient: Settings) -> Worker:
    return Worker(database, lenient)


@pytest.fixture
def mailbox(worker: Worker) -> Mailbox:
    return worker.mailbox


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with Receiver() as receiver:
        yield receiver


@pytest.fixture
async def studio(world: World, worker: Worker) -> Studio:
    """What has happened until it was published is told to nobody."""
    studio = await world.studio()
    await worker.run()
    return studio


@pytest.fixture
def subscribe(studio: Studio, receiver: Receiver, lenient: Settings) -> Callable[..., Any]:
    """An endpoint of the studio's company at the receiver."""

    async def subscribe(*event_types: str, url: str | None = None) -> dict[str, Any]:
        body = {"url": url or receiver.url, "event_types": list(event_types) or None}
        return await created(studio.owner.post(f"/companies/{studio.company['id']}/webhooks", body))

    return subscribe


@pytest.fixture
def let_pass(database: Database) -> Callable[..., Any]:
    """As if so much time had gone by for what waits to be delivered."""

    async def let_pass(hours: float = 24 * 5) -> None:
        async with database.transaction() as session:
            await session.execute(
                text("UPDATE webhook_deliveries SET due_at = due_at - make_interval(secs => :seconds)"),
                {"seconds": hours * 3600},
            )

    return let_pass
