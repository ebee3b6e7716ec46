"""One form of the admin pages, sent twice at the same moment: it acts once. With commits."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from src.admin import repository
from src.core.identity import Role
from src.core.limits import Limiter
from src.main import create_app
from tests.admin.support import hidden_fields, logged_in
from tests.factories.world import World, ok
from tests.support.services import create_extra_database

pytestmark = pytest.mark.xdist_group("admin_forms")
TIMES = 4


@asynccontextmanager
async def stage(settings, name) -> AsyncIterator[tuple[FastAPI, World]]:
    url = create_extra_database(name)
    app = create_app(settings.model_copy(update={"database_url": url}))
    app.state.limiter = Limiter(settings.redis_url, prefix=f"limits:{name}")
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            yield app, World(client=client, database=app.state.database, settings=settings)


@pytest.fixture(scope="module")
async def real(settings) -> AsyncIterator[tuple[FastAPI, World]]:
    async with stage(settings, "admin_forms") as real:
        yield real


async def send_at_once(real, settings):
    """How often 10.00 went back of 100.00."""
    app, world = real
    studio, customer = await world.studio(), await world.person()
    booking = await world.paid_booking(studio, customer)
    payments = await ok(customer.get(f"/bookings/{booking['id']}/payments"))
    path = f"/charge/details/{payments['charges'][0]['id']}/refund"
    staff = logged_in(app, await world.person(role=Role.ADMIN), settings)
    fields = {**hidden_fields((await staff.get(path)).text), "amount": "10"}
    await asyncio.gather(*(staff.client.post(f"/admin{path}", data=fields) for _ in range(TIMES)))
    async with world.database.transaction() as session:
        refunded = text("SELECT refunded_amount FROM charges WHERE booking_id = :id")
        amount = await session.scalar(refunded, {"id": booking["id"]})
    return amount // 1000


async def test_it_acts_once(real, settings):
    assert await send_at_once(real, settings) == 1


async def test_without_the_key_of_the_form_it_acts_each_time(real, settings, monkeypatch):
    async def insert_anyway(session, **_):
        return True

    monkeypatch.setattr(repository, "insert_unless_sent", insert_anyway)
    assert await send_at_once(real, settings) == TIMES
