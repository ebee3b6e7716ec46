"""A city that is booked out: found so without a look at its rooms, and found again as soon as one is free."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from src.calendars.service import Span
from src.core.clock import utc_now
from src.core.database import driver
from src.rooms.search import repository
from src.rooms.search.filters import RoomFilter
from src.rooms.search.free_time import Window
from src.rooms.search.models import BLOCKS
from tests.factories.world import ALWAYS_OPEN, LONDON, NEW_YORK, created, ok

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
MIDNIGHT = utc_now().replace(hour=0, minute=0, second=0, microsecond=0) + 7 * DAY
NOON = MIDNIGHT + 12 * HOUR
ASKED = {"exactly": (2 * HOUR, None), "somewhere": (6 * HOUR, 120)}


@pytest.fixture
async def booked_out(world):
    """The only studio of its city, whose owner keeps a day, in two pieces."""
    studio = await world.studio(hours=ALWAYS_OPEN)
    for starts_at in (MIDNIGHT, NOON):
        body = {"starts_at": starts_at.isoformat(), "ends_at": (starts_at + 12 * HOUR).isoformat()}
        await created(studio.owner.post(f"/rooms/{studio.room_id}/blocks", body))
    return studio


@pytest.fixture(params=ASKED)
def find(request, room_ids):
    length, duration = ASKED[request.param]

    async def ask(starts_at=NOON):
        query = {"free_from": starts_at.isoformat(), "free_to": (starts_at + length).isoformat()}
        return await room_ids(city_id=LONDON, **query, **({"duration": duration} if duration else {}))

    return ask


@pytest.mark.parametrize(
    "place", [{"city_id": LONDON}, {"near": "51.5,-0.13"}, {"bbox": "51,-1,52,1"}], ids=str
)
@pytest.mark.parametrize("asked", ASKED)
async def test_of_a_city_that_is_booked_out_no_room_is_looked_at(booked_out, session, asked, place):
    length, duration = ASKED[asked]
    stretch = timedelta(minutes=duration) if duration is not None else None
    window = Window(Span(NOON, NOON + length), stretch, utc_now())
    statement, arguments = repository.rooms_statement(RoomFilter(sort="price", **place), window)
    plan = await (await driver(session)).fetch(f"EXPLAIN (ANALYZE, COSTS OFF) {statement}", *arguments)
    scans = [
        row[0] for row in plan if "Scan" in row[0] and (" taken_days " in row[0] or "position" in row[0])
    ]
    assert scans
    assert all("never executed" in scan for scan in scans), scans


async def test_it_is_found_empty_and_the_next_day_is_not(booked_out, find):
    assert await find() == []
    assert await find(NOON + DAY) == [booked_out.room_id]


async def test_time_that_is_given_back_is_found(booked_out, find):
    blocks = await ok(booked_out.owner.get(f"/rooms/{booked_out.room_id}/blocks"))
    for block in blocks["items"]:
        await booked_out.owner.delete(f"/rooms/{booked_out.room_id}/blocks/{block['id']}")
    assert await find() == [booked_out.room_id]


async def test_a_room_of_the_same_block_that_comes_onto_the_market_is_found(world, booked_out, find, session):
    await session.execute(text(SKIP_TO_THE_SAME_BLOCK))
    other = await world.room(booked_out)
    assert await find() == [other.room_id]
    await ok(other.owner.patch(f"/rooms/{other.room_id}", {"status": "inactive"}))
    assert await find() == []
    await ok(other.owner.patch(f"/rooms/{other.room_id}", {"status": "active"}))
    assert await find() == [other.room_id]


async def test_a_room_that_moves_into_the_city_is_found(world, booked_out, find, session):
    await session.execute(text(SKIP_TO_THE_SAME_BLOCK))
    elsewhere = await world.studio(hours=ALWAYS_OPEN, city_id=NEW_YORK)
    assert await find() == []
    await session.execute(
        text("UPDATE addresses SET city_id = :city WHERE id = :id"),
        {"city": LONDON, "id": elsewhere.address["id"]},
    )
    assert await find() == [elsewhere.room_id]


SKIP_TO_THE_SAME_BLOCK = f"""
SELECT setval(pg_get_serial_sequence('resources', 'id'), (SELECT max(id) FROM resources) + {BLOCKS - 1})
"""
