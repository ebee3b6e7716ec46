"""A database where transactions are real, for what one connection can't show, and a small application to probe."""

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from src.core.config import Settings
from src.core.database import Database
from src.core.limits import Limiter
from tests.core.probe import Client, client_of, create_probe_tables
from tests.factories.world import World
from tests.support.services import create_extra_database

EMPTY_EVERYTHING = text("""
TRUNCATE users, companies, resources, outbox, mails, mail_suppressions, idempotency_records, probe_rows, stored_files
RESTART IDENTITY CASCADE
""")


@pytest.fixture(scope="session")
def committed_url() -> str:
    url = create_extra_database("core")
    create_probe_tables(url)
    return url


@pytest.fixture
def committed_settings(settings: Settings, committed_url: str, shared_app: FastAPI) -> Settings:
    """The application is made first: it configures the logs."""
    return settings.model_copy(update={"database_url": committed_url})


@pytest.fixture
async def committed(committed_settings: Settings) -> AsyncIterator[Database]:
    """Commits for real; emptied after the test."""
    database = Database(committed_settings)
    yield database
    async with database.transaction() as session:
        await session.execute(EMPTY_EVERYTHING)
    await database.close()


@pytest.fixture
async def committed_client(
    shared_app: FastAPI, committed: Database, settings: Settings
) -> AsyncIterator[httpx.AsyncClient]:
    """The whole application on that database."""
    shared_app.state.database = committed
    shared_app.state.limiter = Limiter(settings.redis_url, prefix=f"limits:{uuid.uuid4().hex}")
    async with client_of(shared_app) as client:
        yield client
    await shared_app.state.limiter.close()


@pytest.fixture
def committed_world(committed_client: Client, committed: Database, settings: Settings) -> World:
    return World(client=committed_client, database=committed, settings=settings)


@pytest.fixture
def count(committed: Database) -> Callable[[str], Awaitable[int]]:
    """How many rows a table of the committed database has: `await count("mails")`."""

    async def rows(table: str) -> int:
        async with committed.fast_reading() as connection:
            return int(await connection.fetchval(f"SELECT count(*) FROM {table}"))

    return rows
