"""Reads go to the replica while it answers, and to the primary while it doesn't; the rest never goes there."""

import time
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from src.core.config import Settings
from src.core.database import Database, reads_only
from src.core.observability.metrics import REPLICA_READS_BY_PRIMARY
from tests.support.services import create_extra_database

NOBODY_LISTENS = "postgresql+asyncpg://postgres@127.0.0.1:1/downbeat"


@pytest.fixture(scope="module")
def replica_url() -> str:
    """Another database stands in for the copy: only its name matters here."""
    return create_extra_database("replica")


@pytest.fixture
async def database(settings: Settings, request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    url = request.param or request.getfixturevalue("replica_url")
    database = Database(settings.model_copy(update={"database_read_url": url}))
    yield database
    await database.close()


async def name_read_by(database: Database) -> str:
    async with database.reading() as session:
        assert reads_only(session)
        return str(await session.scalar(text("SELECT current_database()")))


@pytest.mark.parametrize("database", [None], indirect=True)
async def test_only_reads_that_may_be_old_go_there(database: Database, settings: Settings) -> None:
    primary = settings.database_url.rpartition("/")[2]
    assert (await name_read_by(database)).endswith("_replica")
    async with database.fast_reading() as connection:
        assert await connection.fetchval("SELECT current_database()") == primary
    async with database.transaction() as session:
        assert await session.scalar(text("SELECT current_database()")) == primary


@pytest.mark.parametrize("database", [NOBODY_LISTENS], indirect=True)
async def test_the_primary_answers_for_one_that_is_away(database: Database, settings: Settings) -> None:
    before = REPLICA_READS_BY_PRIMARY._value.get()
    for _ in range(3):
        assert await name_read_by(database) == settings.database_url.rpartition("/")[2]
    assert REPLICA_READS_BY_PRIMARY._value.get() - before == 3


@pytest.mark.parametrize("database", [NOBODY_LISTENS], indirect=True)
async def test_one_that_is_away_is_not_asked_by_everybody_all_the_time_but_again(
    database: Database, replica_url: str, settings: Settings
) -> None:
    await name_read_by(database)
    replica = database._replica
    assert replica is not None
    assert replica._asked_again_at > time.monotonic()
    replica._asked_again_at = 0.0
    back = Database(settings.model_copy(update={"database_read_url": replica_url}))
    assert back._replica is not None
    replica._engine = back._replica._engine
    assert (await name_read_by(database)).endswith("_replica")
    await back.close()
