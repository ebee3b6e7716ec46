"""One migrated database a worker; each test inside an outer transaction that is rolled back."""

import os
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpx
import hypothesis
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, create_async_engine
from xdist.remote import Producer

from src.core.config import Settings
from src.core.database import Database
from src.core.limits import Limiter
from src.core.live import Signals
from src.main import create_app
from tests.factories.world import World
from tests.support.database import RolledBackDatabase
from tests.support.scheduling import ByWhatTheyShare
from tests.support.worker import Mailbox, Worker

# Handlers read the process's settings: a developer's .env must not change what tests see.
os.environ["SECRET_KEY"] = "a-secret-of-tests-that-is-long-enough"

# A busy machine is no failure: no deadline for a single example. The same examples at each run, so that a change
# alone decides whether it passes; `make fuzz` looks for new ones.
hypothesis.settings.register_profile("repeatable", deadline=None, derandomize=True, database=None)
hypothesis.settings.register_profile("fuzz", deadline=None, max_examples=1000, print_blob=True)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))

# A worker's one connection meets every statement of the product; the drivers keep a hundred unless told otherwise,
# and would prepare most of them again in each test.
KEEPING_STATEMENTS = {"prepared_statement_cache_size": 2000, "statement_cache_size": 2000}

pytest_plugins = ["tests.support.services", "tests.support.answers"]


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: the tests of processes mostly wait."""
    return (os.cpu_count() or 1) + 1


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByWhatTheyShare:
    return ByWhatTheyShare(config, log)


@pytest.fixture(scope="session")
def settings(database_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder: Path = tmp_path_factory.mktemp("state")
    return Settings(
        _env_file=None,
        environment="test",
        database_url=database_url,
        redis_url=redis_url,
        celery_broker_url=redis_url,
        # A busy machine is no failure here either: races are about who wins, not about how soon.
        database_pool_timeout_seconds=60,
        public_url="http://test",
        mail_directory=folder / "mails",
        media_directory=folder / "media",
        log_level="WARNING",
    )


@pytest.fixture(scope="session")
async def engine(settings: Settings) -> AsyncIterator[AsyncEngine]:
    engine = create_async_engine(settings.database_url, connect_args=KEEPING_STATEMENTS)
    yield engine
    await engine.dispose()


@pytest.fixture
async def connection(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    async with engine.connect() as connection:
        transaction = await connection.begin()
        yield connection
        await transaction.rollback()


@pytest.fixture
def database(connection: AsyncConnection) -> Database:
    return RolledBackDatabase(connection)


@pytest.fixture
async def session(database: Database) -> AsyncIterator[AsyncSession]:
    async with database.transaction() as session:
        yield session


@pytest.fixture(scope="session")
def shared_app(settings: Settings) -> FastAPI:
    return create_app(settings)


@pytest.fixture
async def app(shared_app: FastAPI, database: Database, settings: Settings) -> AsyncIterator[FastAPI]:
    shared_app.state.database = database
    # The limits are real, and each test has all of them to itself.
    shared_app.state.limiter = Limiter(settings.redis_url, prefix=f"limits:{uuid.uuid4().hex}")
    shared_app.state.signals = Signals(settings.redis_url)
    yield shared_app
    await shared_app.state.signals.close()
    await shared_app.state.limiter.close()


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """Speaks to the application as anybody, inside the test's transaction."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        yield client


@pytest.fixture
def worker(database: Database, settings: Settings) -> Worker:
    return Worker(database, settings)


@pytest.fixture
def run_outbox(worker: Worker) -> Callable[[], Awaitable[None]]:
    return worker.run


@pytest.fixture
def mailbox(worker: Worker) -> Mailbox:
    return worker.mailbox


@pytest.fixture
def world(client: httpx.AsyncClient, database: Database, settings: Settings) -> World:
    """Makes people, studios and rooms, each with believable defaults."""
    return World(client=client, database=database, settings=settings)
