"""Race 13 of what must survive: a hundred people, one seat."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from src import invariants
from src.core.config import Settings
from src.core.database import Database
from tests.events.support import host
from tests.factories.world import Studio, World
from tests.support.parallel import Answer, Racer
from tests.support.product import Product
from tests.support.services import create_extra_database, run_folder

PEOPLE = 100
ROUNDS = 5

# Looking first and taking afterwards, a moment later, with nothing in the database that minds.
TAKE_GUARD_AWAY = "ALTER TABLE events DROP CONSTRAINT ck_events_seats"
LOOK_FIRST = (
    "UPDATE events SET seats_sold = seats_sold + $2, updated_at = now()"
    " FROM (SELECT id FROM events WHERE id = $1 AND seats_sold + $2 <= capacity) AS seen, pg_sleep(0.05)"
    " WHERE events.id = seen.id RETURNING title, starts_at, ends_at, seat_amount, currency"
)

SOLD = "SELECT coalesce(sum(seats), 0) FROM bookings WHERE event_id = :event AND status IN ('pending', 'confirmed')"

pytestmark = pytest.mark.processes


class Race:
    def __init__(self, database: Database, studio: Studio, racers: list[Racer]) -> None:
        self.database = database
        self.studio = studio
        self._racers = racers

    async def buy(self, event: dict[str, Any]) -> list[Answer]:
        path = f"/events/{event['id']}/seats"
        return await asyncio.gather(*(racer.post(path, {"seats": 1}) for racer in self._racers))

    async def sold(self, event: dict[str, Any]) -> int:
        async with self.database.reading() as session:
            return await session.scalar(text(SOLD), {"event": event["id"]}) or 0


@asynccontextmanager
async def a_race(settings: Settings, redis_url: str, name: str) -> AsyncIterator[Race]:
    url = create_extra_database(name)
    database = Database(settings.model_copy(update={"database_url": url}))
    with Product(
        database_url=url,
        redis_url=redis_url,
        folder=run_folder() / name,
        MOST_HOLDS_PER_USER="50",
        # On a machine that others keep busy too: who has to wait for a connection is still told who has won.
        DATABASE_POOL_TIMEOUT_SECONDS="30",
    ) as product:
        product.start_api()
        async with httpx.AsyncClient(base_url=product.url) as client:
            of_product = settings.model_copy(update={"public_url": product.url})
            world = World(client=client, database=database, settings=of_product)
            studio = await world.studio()
            people = [await world.person() for _ in range(PEOPLE)]
            racers = [await Racer.connect(product.port, person.token) for person in people]
            yield Race(database, studio, racers)
            for racer in racers:
                await racer.close()
    await database.close()


async def test_of_a_hundred_people_one_gets_the_last_seat(settings: Settings, redis_url: str) -> None:
    async with a_race(settings, redis_url, "last_seat") as race:
        for number in range(ROUNDS):
            event = await host(race.studio, capacity=1, days_ahead=10 + number)
            answers = await race.buy(event)
            outcomes = Counter((answer.status, answer.code) for answer in answers)
            assert outcomes == {(201, None): 1, (409, "sold_out"): PEOPLE - 1}, f"round {number}"
            assert await race.sold(event) == 1
        async with race.database.reading() as session:
            broken = await invariants.check(session)
        assert broken == {}, broken


async def test_of_a_few_seats_that_lapsed_none_is_sold_twice(settings: Settings, redis_url: str) -> None:
    """Everybody finds it full of holds that have just ended, and wants to sweep them away."""
    async with a_race(settings, redis_url, "lapsed_seats") as race:
        event = await host(race.studio, capacity=3)
        await race.buy(event)
        async with race.database.transaction() as session:
            await session.execute(text("UPDATE bookings SET expires_at = now() - interval '1 second'"))
        outcomes = Counter(answer.status for answer in await race.buy(event))
        assert outcomes == {201: 3, 409: PEOPLE - 3}
        async with race.database.reading() as session:
            broken = await invariants.check(session)
        assert broken == {}, broken


async def test_without_the_guard_the_same_seat_is_sold_again(settings: Settings, redis_url: str) -> None:
    """The negative control, on the statement itself: otherwise the race might be too gentle to prove anything."""
    url = create_extra_database("no_seat_guard")
    database = Database(settings.model_copy(update={"database_url": url, "database_pool_size": 10}))
    async with httpx.AsyncClient() as client:
        with Product(database_url=url, redis_url=redis_url, folder=run_folder() / "no_seat_guard") as product:
            product.start_api()
            client.base_url = httpx.URL(product.url)
            of_product = settings.model_copy(update={"public_url": product.url})
            studio = await World(client=client, database=database, settings=of_product).studio()
            event = await host(studio, capacity=1)
    async with database.transaction() as session:
        await session.execute(text(TAKE_GUARD_AWAY))

    async def take() -> bool:
        async with database.fast_transaction() as connection:
            return await connection.fetchrow(LOOK_FIRST, event["id"], 1) is not None

    taken = await asyncio.gather(*(take() for _ in range(10)))
    assert sum(taken) > 1
    await database.close()
