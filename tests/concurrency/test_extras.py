"""Add-ons, events and the waiting list, with several at it at once and real commits."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from sqlalchemy import text

from src import invariants
from src.bookings.waitlist import offering
from src.bookings.waitlist.handlers import offer_terms
from src.core.config import Settings
from src.core.database import Database
from tests.bookings.test_add_ons import engineer
from tests.events.support import host, seat
from tests.factories.world import World, created, ok, wish
from tests.support.parallel import Racer
from tests.support.product import Product
from tests.support.services import create_extra_database, run_folder
from tests.support.worker import Worker

pytestmark = pytest.mark.processes

Stage = tuple[World, Product, Worker]


@asynccontextmanager
async def a_stage(settings: Settings, redis_url: str, name: str) -> AsyncIterator[Stage]:
    url = create_extra_database(name)
    database = Database(settings.model_copy(update={"database_url": url}))
    with Product(database_url=url, redis_url=redis_url, folder=run_folder() / name) as product:
        product.start_api()
        async with httpx.AsyncClient(base_url=product.url, timeout=30) as client:
            of_product = settings.model_copy(update={"public_url": product.url, "database_url": url})
            yield (
                World(client=client, database=database, settings=of_product),
                product,
                Worker(database, of_product),
            )
        async with database.reading() as session:
            broken = await invariants.check(session)
    await database.close()
    assert broken == {}, broken


async def test_an_engineer_is_in_one_of_two_rooms(settings: Settings, redis_url: str) -> None:
    async with a_stage(settings, redis_url, "one_engineer") as (world, product, _):
        studio = await world.studio()
        second = await world.room(studio)
        _, named = await engineer(world, studio)
        people = [await world.person() for _ in range(10)]
        racers = [await Racer.connect(product.port, person.token) for person in people]
        bodies = [
            wish(room, days_ahead=20) | {"professional": named}
            for room in (studio, second)
            for _ in range(len(people) // 2)
        ]
        answers = await asyncio.gather(
            *(racer.post("/bookings", body) for racer, body in zip(racers, bodies, strict=True))
        )
        outcomes = Counter(answer.status for answer in answers)
        assert outcomes == {201: 1, 409: 9}
        for racer in racers:
            await racer.close()


async def test_whoever_buys_or_pays_while_an_event_is_cancelled_is_paid_back(
    settings: Settings, redis_url: str
) -> None:
    async with a_stage(settings, redis_url, "cancelled_event") as (world, product, worker):
        studio = await world.studio()
        event = await host(studio, capacity=50)
        payers, buyers = [await world.person() for _ in range(4)], [await world.person() for _ in range(8)]
        pages = []
        for payer in payers:
            held = await seat(payer, event)
            pages.append(
                await created(payer.post(f"/bookings/{held['id']}/checkout", {"gateway": "sandbox"}))
            )
        racers = [await Racer.connect(product.port, person.token) for person in buyers]
        paying = [world.client.post(f"{page['url']}/pay") for page in pages]
        buying = [racer.post(f"/events/{event['id']}/seats", {"seats": 1}) for racer in racers]
        cancelling = studio.owner.post(f"/events/{event['id']}/cancel")
        answers = await asyncio.gather(*paying, *buying[:4], cancelling, worker.run(), *buying[4:])
        assert all(getattr(answer, "status", 200) in {200, 201, 409} for answer in answers)
        await worker.run()
        async with world.database.reading() as session:
            live = "SELECT count(*) FROM bookings WHERE status IN ('pending', 'confirmed')"
            assert await session.scalar(text(live)) == 0
            unpaid = "SELECT count(*) FROM charges WHERE status = 'succeeded' AND amount <> refunded_amount"
            assert await session.scalar(text(unpaid)) == 0
            assert await session.scalar(text("SELECT seats_sold FROM events")) == 0
        for racer in racers:
            await racer.close()


async def test_one_offer_is_made_however_many_handlers_run(settings: Settings, redis_url: str) -> None:
    async with a_stage(settings, redis_url, "one_offer") as (world, _, _worker):
        studio, holder = await world.studio(), await world.person()
        booking = await world.held_booking(studio, holder)
        people = [await world.person() for _ in range(5)]
        for person in people:
            await created(person.post("/waitlist", wish(studio)))
        await ok(holder.post(f"/bookings/{booking['id']}/cancel"))

        async def handle() -> int:
            async with world.database.transaction() as session:
                address_id = studio.address["id"]
                return await offering.offer_time(session, address_id=address_id, terms=offer_terms())

        assert sum(await asyncio.gather(*(handle() for _ in range(6)))) == 1
        statuses = [(await ok(person.get("/waitlist")))["items"][0]["status"] for person in people]
        assert statuses == ["offered", *["waiting"] * 4]
