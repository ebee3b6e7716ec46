"""A database where transactions are real, and a hub that reads from it as an API process does."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from src.core.config import Settings
from src.core.database import Database
from src.core.live import Signals
from src.notifications.stream.hub import Hub
from tests.support.services import create_extra_database

# What tests write here. To truncate users would truncate nearly every table: seconds on a busy machine.
WRITTEN = ("live_events", "live_counters", "auth_sessions", "users")


@pytest.fixture(scope="session")
def live_url() -> str:
    return create_extra_database("live")


@pytest.fixture
def live_settings(settings: Settings, live_url: str) -> Settings:
    return settings.model_copy(update={"database_url": live_url})


@pytest.fixture
async def signals(live_settings: Settings) -> AsyncIterator[Signals]:
    signals = Signals(live_settings.redis_url)
    yield signals
    await signals.close()


@pytest.fixture
async def committed(live_settings: Settings, signals: Signals) -> AsyncIterator[Database]:
    """Commits for real, and wakes readers; emptied after the test."""
    database = Database(live_settings, on_news=signals.wake)
    yield database
    async with database.transaction() as session:
        for table in WRITTEN:
            await session.execute(text(f"DELETE FROM {table}"))
    await database.close()


@pytest.fixture
async def hub(live_settings: Settings, committed: Database) -> AsyncIterator[Hub]:
    """Reads as an API process does; by Redis, unless a test takes that away."""
    own = Signals(live_settings.redis_url)
    hub = Hub(own, live_settings)
    hub.start(committed)
    yield hub
    await hub.stop()
    await own.close()
