"""The real product, started once for the journeys."""

from collections.abc import AsyncIterator

import pytest

from src.core.config import Settings
from src.core.database import Database
from src.geographic.loading import load_geography
from tests.support.product import Product
from tests.support.services import create_extra_database, run_folder


@pytest.fixture(scope="session")
async def product(settings: Settings, redis_url: str) -> AsyncIterator[Product]:
    """API, worker and beat on a database of their own, with every city."""
    url = create_extra_database("journeys")
    database = Database(settings.model_copy(update={"database_url": url}))
    async with database.transaction() as session:
        await load_geography(session)
    await database.close()
    with Product(database_url=url, redis_url=redis_url, folder=run_folder() / "journeys") as product:
        product.start_worker()
        product.start_beat()
        product.start_api()
        yield product
