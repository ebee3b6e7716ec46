"""The real product, started once for the journeys."""

from collections.abc import Iterator

import pytest

from tests.support.product import Product
from tests.support.services import create_extra_database, run_folder


@pytest.fixture(scope="session")
def product(redis_url: str) -> Iterator[Product]:
    """API, worker and beat on a database of their own, with every city."""
    url = create_extra_database("journeys")
    with Product(database_url=url, redis_url=redis_url, folder=run_folder() / "journeys") as product:
        product.start_worker()
        product.start_beat()
        product.start_api()
        yield product
