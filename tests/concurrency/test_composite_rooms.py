"""A floor and its two rooms are wanted at once: either the floor is taken, or the rooms are. Over real HTTP."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import text

from src.core.config import Settings
from src.core.database import Database
from tests.factories.world import ALWAYS_OPEN, Studio, World, in_a_month, ok
from tests.support.parallel import Answer, Racer
from tests.support.product import Product
from tests.support.services import create_extra_database, run_folder

PEOPLE_A_ROOM = 8
ROUNDS = 60
ROUNDS_WITHOUT_GUARD = 20

# Hours in which somebody has the floor and somebody else a room of it.
DOUBLY_TAKEN = """
SELECT count(*) FROM bookings AS whole
JOIN room_parts ON room_parts.whole_id = whole.room_id
JOIN bookings AS part ON part.room_id = room_parts.part_id
 AND part.starts_at < whole.ends_at AND part.ends_at > whole.starts_at
"""
# The guard is that the floor takes the time of its parts. (That one time is taken once is test_one_slot's.)
FORGET_PARTS = """
CREATE OR REPLACE FUNCTION claim_time(resource_ids bigint[], starts timestamptz[], ends timestamptz[],
    occupancy_kind text, hold interval, OUT claim bigint, OUT hold_expires_at timestamptz)
LANGUAGE plpgsql AS $$
BEGIN
    IF is_time_taken(resource_ids[1:1], starts[1:1], ends[1:1]) THEN RETURN; END IF;
    PERFORM lock_resources(resource_ids[1:1]);
    IF is_time_taken(resource_ids[1:1], starts[1:1], ends[1:1]) THEN RETURN; END IF;
    claim := nextval('occupancies_claim_id_seq');
    hold_expires_at := clock_timestamp() + hold;
    INSERT INTO occupancies (resource_id, claim_id, kind, starts_at, ends_at, expires_at)
    VALUES (resource_ids[1], claim, occupancy_kind, starts[1], ends[1], hold_expires_at);
END $$
"""

pytestmark = pytest.mark.processes


class Race:
    """Some want the floor, some room A, some room B; all of them the same hour."""

    def __init__(self, database: Database, rooms: list[Studio], racers: list[Racer]) -> None:
        self._database = database
        self._rooms = rooms
        self._racers = racers
        self._first = in_a_month()

    async def round(self, number: int) -> list[list[Answer]]:
        """The answers to those who wanted the floor, A, and B."""
        starts_at = self._first + timedelta(hours=number)
        hour = {"starts_at": starts_at.isoformat(), "ends_at": (starts_at + timedelta(hours=1)).isoformat()}
        # Another order each round, so that each of them is first now and then.
        order = sorted(range(len(self._racers)), key=lambda n: (n + number) * 7 % len(self._racers))
        wanted = {n: self._rooms[n % 3].room_id for n in order}
        answers = await asyncio.gather(
            *(self._racers[n].post("/bookings", {"room_id": wanted[n], **hour}) for n in order)
        )
        return [[a for n, a in zip(order, answers, strict=True) if n % 3 == room] for room in range(3)]

    async def doubly_taken(self) -> int:
        async with self._database.reading() as session:
            return await session.scalar(text(DOUBLY_TAKEN)) or 0

    async def take_guard_away(self) -> None:
        async with self._database.transaction() as session:
            await session.execute(text(FORGET_PARTS))


@asynccontextmanager
async def a_race(settings: Settings, redis_url: str, name: str) -> AsyncIterator[Race]:
    url = create_extra_database(name)
    database = Database(settings.model_copy(update={"database_url": url}))
    # The same people hold again and again; how much one may hold is tested elsewhere.
    with Product(
        database_url=url, redis_url=redis_url, folder=run_folder() / name, MOST_HOLDS_PER_USER="1000"
    ) as product:
        product.start_api()
        async with httpx.AsyncClient(base_url=product.url) as client:
            of_product = settings.model_copy(update={"public_url": product.url})
            world = World(client=client, database=database, settings=of_product)
            a = await world.studio(hours=ALWAYS_OPEN)
            b, floor = await world.room(a, name="B"), await world.room(a, name="Whole floor")
            parts = {"part_ids": [a.room_id, b.room_id]}
            await ok(a.owner.put(f"/rooms/{floor.room_id}/parts", parts))
            people = [await world.person() for _ in range(3 * PEOPLE_A_ROOM)]
            racers = [await Racer.connect(product.port, person.token) for person in people]
        yield Race(database, [floor, a, b], racers)
        for racer in racers:
            await racer.close()
    await database.close()


async def test_either_the_whole_is_taken_or_its_parts(settings: Settings, redis_url: str) -> None:
    outcomes: Counter[tuple[int, ...]] = Counter()
    async with a_race(settings, redis_url, "composite_rooms") as race:
        for number in range(ROUNDS):
            answers = await race.round(number)
            codes = {(answer.status, answer.code) for room in answers for answer in room}
            assert codes == {(201, None), (409, "slot_taken")}, f"round {number}"
            outcomes[tuple(sum(answer.status == 201 for answer in room) for room in answers)] += 1
        assert await race.doubly_taken() == 0
    # Each way round has to happen, or the race is none.
    assert set(outcomes) == {(1, 0, 0), (0, 1, 1)}


async def test_without_the_parts_in_the_claim_the_same_race_takes_both(
    settings: Settings, redis_url: str
) -> None:
    """The negative control."""
    async with a_race(settings, redis_url, "forgotten_parts") as race:
        await race.take_guard_away()
        for number in range(ROUNDS_WITHOUT_GUARD):
            await race.round(number)
        assert await race.doubly_taken() > 0
