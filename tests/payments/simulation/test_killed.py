"""A process is killed between Stripe's deed and our commit, again and again: nothing is lost, nobody pays twice.

Twenty-one times with FULL_SIMULATION=1 in the environment; six times without, for the sake of time.
"""

import asyncio
import multiprocessing
import threading

import pytest
from sqlalchemy import text
from starlette.requests import Request

from src import invariants
from src.core.config import Settings
from tests.factories.world import Person, World, created, ok
from tests.payments.books import assert_nothing_is_lost
from tests.payments.simulation import killed
from tests.payments.simulation.conftest import IS_FULL
from tests.support.fakes.stripe import FakeStripe, sign
from tests.support.worker import Worker

ROUNDS = 7 if IS_FULL else 2  # of three deaths each

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload([killed.__name__])

# What is answered when the process dies: the order, the question after the webhook, the refund.
MOMENTS = {
    "checkout": ("POST", "/v1/checkout/sessions"),
    "webhook": ("GET", "/v1/checkout/sessions/"),
    "refund": ("POST", "/v1/refunds"),
}

DUE = (
    "UPDATE refunds SET due_at = clock_timestamp() WHERE status = 'pending'",
    "UPDATE webhook_notices SET due_at = clock_timestamp() WHERE status = 'received'",
)


class Reaper:
    def __init__(self, world: World, stripe: FakeStripe) -> None:
        self.world = world
        self.stripe = stripe
        self.deaths = 0

    async def kill(self, work: str, customer: Person, booking_id: int) -> None:
        """Lets a process work until Stripe has done what it asked for, and ends it before it hears of it."""
        method, path = MOMENTS[work]
        has_happened = threading.Event()

        def silences(request: Request) -> bool:
            is_it: bool = request.method == method and request.url.path.startswith(path)
            if is_it:
                has_happened.set()
            return is_it

        self.stripe.silences = silences
        process = PROCESSES.Process(
            target=killed.live, args=(work, self._settings(), customer.id, booking_id)
        )
        process.start()
        assert await asyncio.to_thread(has_happened.wait, 30), f"{work} never came to Stripe"
        process.kill()
        await asyncio.to_thread(process.join, 10)
        assert process.exitcode == -9
        self.stripe.silences = lambda _: False
        self.deaths += 1

    def _settings(self) -> dict[str, str]:
        settings: Settings = self.world.settings
        return {
            "database_url": settings.database_url,
            "redis_url": settings.redis_url,
            "public_url": settings.public_url,
            "stripe_api_url": settings.stripe_api_url,
            "stripe_secret_key": settings.stripe_secret_key.get_secret_value(),
            "stripe_webhook_secrets": settings.stripe_webhook_secrets.get_secret_value(),
        }


@pytest.fixture
def reaper(real_world, stripe) -> Reaper:
    return Reaper(real_world, stripe)


async def make_due(world: World) -> None:
    async with world.database.transaction() as session:
        for statement in DUE:
            await session.execute(text(statement))


async def test_deaths_between_call_and_commit(real_world, real_studio, stripe, reaper):
    customer = await real_world.person()
    worker = Worker(real_world.database, real_world.settings)
    for number in range(ROUNDS):
        booking = await real_world.held_booking(real_studio, customer, hour=number, hours=1)
        path = f"/bookings/{booking['id']}"

        await reaper.kill("checkout", customer, booking["id"])
        opened = await created(customer.post(f"{path}/checkout", {"gateway": "stripe"}))
        ref = opened["url"].rpartition("/")[2]
        assert len(stripe.sessions) == number + 1

        stripe.pay(ref)
        body, headers = sign(stripe.events.pop())
        heard = await real_world.client.post("/api/v1/webhooks/stripe", content=body, headers=headers)
        assert heard.status_code == 204
        await reaper.kill("webhook", customer, booking["id"])
        assert (await ok(customer.get(path)))["status"] == "pending"
        await make_due(real_world)
        await worker.run()
        assert (await ok(customer.get(path)))["status"] == "confirmed"

        await ok(customer.post(f"{path}/cancel"))
        while await worker._relay_and_handle():
            pass
        await reaper.kill("refund", customer, booking["id"])
        await make_due(real_world)
        await worker.run()
        (refund,) = (await ok(customer.get(f"{path}/payments")))["refunds"]
        assert refund["status"] == "succeeded"
        assert len(stripe.refunds) == number + 1
    assert reaper.deaths == ROUNDS * 3
    assert stripe.received() == stripe.returned() == ROUNDS * 5000
    await assert_nothing_is_lost(real_world.database)
    async with real_world.database.transaction() as session:
        assert await invariants.check(session) == {}
