import uuid
from collections.abc import AsyncIterator, Iterator

import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from src.core.config import Settings
from src.core.identity import Role
from src.core.limits import Limiter
from src.main import create_app
from tests.admin.support import logged_in
from tests.factories.world import created
from tests.payments.payouts.support import pay_out, take_place
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


@pytest.fixture
async def account(till, studio):
    """Stripe's name for the owner's account, which can receive."""
    path = f"/companies/{studio.company['id']}/payment-accounts/stripe"
    await created(studio.owner.post(path, {"country": "GB"}))
    (ref,) = till.stripe.accounts
    till.stripe.onboard(ref)
    await till.hear()
    return ref


@pytest.fixture
async def over(world, till, account):
    """A booking of 100.00, paid at Stripe, that took place four days ago: 90.00 are the owner's."""
    await till.pay()
    await take_place(world, till.worker, till.booking)


@pytest.fixture
async def refused(till, account, over):
    """The payout of 90.00 met a restricted account, of which we had not heard."""
    till.stripe.restrict(account)
    till.stripe.events.clear()
    await pay_out(till.worker)


@pytest.fixture
async def admin(world):
    return await world.person(role=Role.ADMIN)


@pytest.fixture
def staff(app, admin, stripe_settings):
    return logged_in(app, admin, stripe_settings)
