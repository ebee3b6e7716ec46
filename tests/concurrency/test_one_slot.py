"""Two people never get the same hour: the promise this product is about, over real HTTP."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from src.core.config import Settings
from src.core.database import Database
from tests.factories.world import ALWAYS_OPEN, Studio, World, in_a_month
from tests.support.parallel import Answer, Racer
from tests.support.product import Product
from tests.support.services import create_extra_database, run_folder

PEOPLE = 50
ROUNDS = 200
ROUNDS_WITHOUT_GUARD = 20
SLOWEST_SECONDS = 2.0

OVERLAPS = """
SELECT count(*) FROM occupancies AS a JOIN occupancies AS b
ON a.resource_id = b.resource_id AND a.id < b.id AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at
"""

TAKE_GUARD_AWAY = (
    "ALTER TABLE occupancies DROP CONSTRAINT ex_occupancies_resource_time",
    "CREATE OR REPLACE FUNCTION lock_resources(resource_ids bigint[]) RETURNS void LANGUAGE sql AS 'SELECT'",
)

pytestmark = pytest.mark.processes


class Race:
    """Fifty people with open connections to one API process, who all want the same hour of the same room."""

    def __init__(self, database: Database, studio: Studio, racers: list[Racer]) -> None:
        self._database = database
        self._studio = studio
        self._racers = racers
        self._first = in_a_month()

    async def round(self, number: int) -> list[Answer]:
        starts_at = self._first + timedelta(hours=number)
        body = {
            "room_id": self._studio.room_id,
            "starts_at": starts_at.isoformat(),
            "ends_at": (starts_at + timedelta(hours=1)).isoformat(),
        }
        return await asyncio.gather(*(racer.post("/bookings", body) for racer in self._racers))

    async def overlaps(self) -> int:
        async with self._database.reading() as session:
            return await session.scalar(text(OVERLAPS)) or 0

    async def take_guard_away(self) -> None:
        async with self._database.transaction() as session:
            for statement in TAKE_GUARD_AWAY:
                await session.execute(text(statement))


@asynccontextmanager
async def a_race(settings: Settings, redis_url: str, name: str) -> AsyncIterator[Race]:
    url = create_extra_database(name)
    database = Database(settings.model_copy(update={"database_url": url}))
    # The same people hold again and again; how much one may hold is tested elsewhere.
    with Product(
        database_url=url, redis_url=redis_url, folder=run_folder() / name, MOST_HOLDS_PER_USER="1000"
    ) as product:
        product.start_api()
        racers: list[Racer] = []
        async with httpx.AsyncClient(base_url=product.url) as client:
            of_product = settings.model_copy(update={"public_url": product.url})
            world = World(client=client, database=database, settings=of_product)
            studio = await world.studio(hours=ALWAYS_OPEN)
            people = [await world.person() for _ in range(PEOPLE)]
            racers = [await Racer.connect(product.port, person.token) for person in people]
        yield Race(database, studio, racers)
        for racer in racers:
            await racer.close()
    await database.close()


async def test_of_fifty_people_exactly_one_gets_the_hour_in_each_of_200_rounds(
    settings: Settings, redis_url: str
) -> None:
    slowest = 0.0
    async with a_race(settings, redis_url, "one_slot") as race:
        for number in range(ROUNDS):
            answers = await race.round(number)
            outcomes = Counter((answer.status, answer.code) for answer in answers)
            assert outcomes == {(201, None): 1, (409, "slot_taken"): PEOPLE - 1}, f"round {number}"
            slowest = max(slowest, *(answer.seconds for answer in answers))
        assert await race.overlaps() == 0
    assert slowest < SLOWEST_SECONDS


async def test_without_lock_and_constraint_the_same_race_finds_overlaps(
    settings: Settings, redis_url: str
) -> None:
    """The negative control: otherwise the test above might be too gentle to prove anything."""
    async with a_race(settings, redis_url, "no_guard") as race:
        await race.take_guard_away()
        for number in range(ROUNDS_WITHOUT_GUARD):
            await race.round(number)
        assert await race.overlaps() > 0


async def test_the_overlap_query_counts_what_it_should(session: AsyncSession) -> None:
    await session.execute(text("ALTER TABLE occupancies DROP CONSTRAINT ex_occupancies_resource_time"))
    await session.execute(text("INSERT INTO resources (id, kind) VALUES (-1, 'room'), (-2, 'room')"))
    await session.execute(
        text(
            "INSERT INTO occupancies (resource_id, claim_id, kind, starts_at, ends_at) VALUES "
            "(-1, -1, 'booking', '2027-01-01 10:00Z', '2027-01-01 12:00Z'), "
            "(-1, -2, 'booking', '2027-01-01 11:00Z', '2027-01-01 13:00Z'), "
            "(-1, -3, 'booking', '2027-01-01 13:00Z', '2027-01-01 14:00Z'), "
            "(-2, -4, 'booking', '2027-01-01 11:00Z', '2027-01-01 13:00Z')"
        )
    )
    assert await session.scalar(text(OVERLAPS)) == 1
