"""Databases where claims of parallel transactions are real."""

from collections.abc import AsyncIterator

import pytest

from src.core.config import Settings
from src.core.database import Database
from tests.support.services import create_extra_database

PARALLEL = 12


@pytest.fixture
async def committed(settings: Settings) -> AsyncIterator[Database]:
    """Fresh, because the tests take its guards off."""
    url = create_extra_database("calendars")
    database = Database(settings.model_copy(update={"database_url": url, "database_pool_size": PARALLEL}))
    yield database
    await database.close()
