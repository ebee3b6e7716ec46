"""Several people at once, on a real database, with commits."""

import asyncio

import httpx
import pytest

from src.core.limits import Limiter
from src.main import create_app
from tests.agreements.support import accept, agreement_of, generated
from tests.factories.world import World
from tests.support.services import create_extra_database

PEOPLE = 8


@pytest.fixture(scope="module")
async def real_app(settings):
    url = create_extra_database("agreement_races")
    app = create_app(settings.model_copy(update={"database_url": url}))
    app.state.limiter = Limiter(settings.redis_url, prefix="limits:agreement_races")
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def real_world(real_app):
    transport = httpx.ASGITransport(real_app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield World(client=client, database=real_app.state.database, settings=real_app.state.settings)


async def test_whoever_asks_at_once_gets_the_same_version(real_world):
    studio, customer = await real_world.studio(), await real_world.person()
    booking = await real_world.paid_booking(studio, customer)
    people = [customer, studio.owner] * (PEOPLE // 2)
    answers = await asyncio.gather(
        *(person.post(f"/bookings/{booking['id']}/generate-agreement") for person in people)
    )
    assert sorted(answer.status_code for answer in answers) == [200] * (PEOPLE - 1) + [201]
    assert len({answer.json()["sha256"] for answer in answers}) == 1
    assert len((await agreement_of(customer, booking))["versions"]) == 1


async def test_a_side_that_accepts_many_times_at_once_has_accepted_once(real_world):
    studio, customer = await real_world.studio(), await real_world.person()
    booking = await real_world.paid_booking(studio, customer)
    version = await generated(customer, booking)
    people = [customer, studio.owner] * (PEOPLE // 2)
    answers = await asyncio.gather(*(accept(person, booking, version) for person in people))
    assert {answer.status_code for answer in answers} == {200}
    (shown,) = (await agreement_of(customer, booking))["versions"]
    assert sorted(each["side"] for each in shown["acceptances"]) == ["customer", "studio"]
