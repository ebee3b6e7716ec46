import uuid
from collections.abc import AsyncIterator, Iterator

import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from src.core.config import Settings
from src.core.limits import Limiter
from src.main import create_app
from tests.payments.stripe.support import Till
from tests.support.fakes.stripe import SECRET_KEY, WEBHOOK_SECRET, FakeStripe
from tests.support.worker import Worker


@pytest.fixture(scope="package")
def running_stripe() -> Iterator[FakeStripe]:
    fake = FakeStripe().start()
    yield fake
    fake.stop()


@pytest.fixture
def stripe(running_stripe: FakeStripe) -> FakeStripe:
    running_stripe.reset()
    return running_stripe


@pytest.fixture(scope="package")
def stripe_settings(settings: Settings, running_stripe: FakeStripe) -> Settings:
    return settings.model_copy(
        update={
            "stripe_secret_key": SecretStr(SECRET_KEY),
            "stripe_webhook_secrets": SecretStr(f"whsec_of_last_year, {WEBHOOK_SECRET}"),
            "stripe_api_url": running_stripe.url,
        }
    )


@pytest.fixture(scope="package")
def shared_app(stripe_settings: Settings) -> FastAPI:
    """The whole application, put together as in `main`, with a Stripe that runs on this machine."""
    return create_app(stripe_settings)


@pytest.fixture
async def app(shared_app, stripe, database, settings) -> AsyncIterator[FastAPI]:
    shared_app.state.database = database
    shared_app.state.limiter = Limiter(settings.redis_url, prefix=f"limits:{uuid.uuid4().hex}")
    yield shared_app
    await shared_app.state.limiter.close()


@pytest.fixture
def worker(database, stripe_settings) -> Worker:
    return Worker(database, stripe_settings)


@pytest.fixture
def till(client, stripe, database, worker, stripe_settings, customer, booking) -> Till:
    return Till(client, stripe, database, worker, stripe_settings, customer, booking)
