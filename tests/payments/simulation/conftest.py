"""Real commits: a database of its own, the application in this process, Stripe beside it."""

import os
import uuid
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from pydantic import SecretStr

from src.core.config import Settings
from src.core.limits import Limiter
from src.main import create_app
from tests.factories.world import ALWAYS_OPEN, Studio, World
from tests.support.fakes.stripe import SECRET_KEY, WEBHOOK_SECRET, FakeStripe
from tests.support.services import create_extra_database

# Minutes instead of seconds.
IS_FULL = os.environ.get("FULL_SIMULATION") == "1"


@pytest.fixture(autouse=True)
def books() -> None:
    """The stories of the other tests end in a transaction that is rolled back; these ask by themselves."""


@pytest.fixture(scope="package")
def running_stripe() -> Iterator[FakeStripe]:
    fake = FakeStripe().start()
    yield fake
    fake.stop()


@pytest.fixture
def real_settings(settings: Settings, running_stripe: FakeStripe) -> Settings:
    return settings.model_copy(
        update={
            "database_url": create_extra_database(f"payments_{uuid.uuid4().hex[:8]}"),
            "stripe_secret_key": SecretStr(SECRET_KEY),
            "stripe_webhook_secrets": SecretStr(WEBHOOK_SECRET),
            "stripe_api_url": running_stripe.url,
            # A few people make all the bookings, and let many of them go.
            "most_holds_per_user": 1000,
            "most_expired_holds_per_room": 1000,
            "database_pool_size": 25,
            "database_pool_timeout_seconds": 20.0,
            "database_lock_timeout_ms": 10_000,
        }
    )


@pytest.fixture
async def real_app(real_settings):
    app = create_app(real_settings)
    app.state.limiter = Limiter(real_settings.redis_url, prefix="limits:simulation")
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def real_world(real_app, real_settings) -> AsyncIterator[World]:
    transport = httpx.ASGITransport(real_app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield World(client=client, database=real_app.state.database, settings=real_settings)


@pytest.fixture
def stripe(running_stripe: FakeStripe) -> FakeStripe:
    running_stripe.reset()
    return running_stripe


@pytest.fixture
async def real_studio(real_world: World) -> Studio:
    return await real_world.studio(hours=ALWAYS_OPEN)
