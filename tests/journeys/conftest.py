"""The real product, started once for the journeys."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest

from tests.journeys.visitor import Visitor
from tests.support.product import Product
from tests.support.services import create_extra_database, run_folder, worker_name


@pytest.fixture(scope="session")
def product(redis_url: str) -> Iterator[Product]:
    """API, worker and beat on a database of their own, with every city."""
    url = create_extra_database("journeys")
    with Product(
        database_url=url, redis_url=redis_url, folder=run_folder() / f"journeys_{worker_name()}"
    ) as product:
        product.start_worker()
        product.start_beat()
        product.start_api()
        yield product


@pytest.fixture
def arrive(product: Product) -> Iterator[Callable[..., Visitor]]:
    """Somebody new with a confirmed account: by firstname and lastname, which make the e-mail address."""
    with ExitStack() as open_clients:

        def signed_up(firstname: str, lastname: str) -> Visitor:
            email = f"{firstname}.{lastname}@journeys.example".lower()
            visitor = open_clients.enter_context(closing(Visitor(product, email, firstname, lastname)))
            visitor.sign_up()
            return visitor

        yield signed_up
