import uuid
from collections.abc import AsyncIterator, Iterator

import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from src.core.config import Settings
from src.core.limits import Limiter
from src.main import create_app
from tests.payments.square.support import Counter
from tests.support.fakes.square import APPLICATION_ID, APPLICATION_SECRET, SIGNATURE_KEY, FakeSquare
from tests.support.worker import Worker


@pytest.fixture(scope="package")
def running_square() -> Iterator[FakeSquare]:
    fake = FakeSquare().start()
    yield fake
    fake.stop()


@pytest.fixture
def square(running_square: FakeSquare) -> FakeSquare:
    running_square.reset()
    return running_square


@pytest.fixture(scope="package")
def square_settings(settings: Settings, running_square: FakeSquare) -> Settings:
    return settings.model_copy(
        update={
            "square_application_id": APPLICATION_ID,
            "square_application_secret": SecretStr(APPLICATION_SECRET),
            "square_webhook_signature_keys": SecretStr(f"key-of-last-year,{SIGNATURE_KEY}"),
            "square_api_url": running_square.url,
            "frontend_url": "https://site.example",
        }
    )


@pytest.fixture(scope="package")
def shared_app(square_settings: Settings) -> FastAPI:
    """The whole application, put together as in `main`, with a Square that runs on this machine."""
    return create_app(square_settings)


@pytest.fixture
async def app(shared_app, square, database, settings) -> AsyncIterator[FastAPI]:
    shared_app.state.database = database
    shared_app.state.limiter = Limiter(settings.redis_url, prefix=f"limits:{uuid.uuid4().hex}")
    yield shared_app
    await shared_app.state.limiter.close()


@pytest.fixture
def worker(database, square_settings) -> Worker:
    return Worker(database, square_settings)


@pytest.fixture
def counter(client, square, database, worker, square_settings, studio, customer, booking) -> Counter:
    return Counter(client, square, database, worker, square_settings, studio, customer, booking)
