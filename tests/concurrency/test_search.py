"""Search while people book, pay and move: what it reads is kept by the same transactions. Real ones, with commits."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy import text

from src import invariants
from src.core.database import driver
from src.core.limits import Limiter
from src.main import create_app
from src.rooms.search.models import BLOCKS
from tests.core.probe import until, waiting_for_a_lock
from tests.factories.world import ALWAYS_OPEN, LONDON, NEW_YORK, SAO_PAULO, Person, Studio, World, ok, wish
from tests.support.services import create_extra_database

HOURS = 12


@pytest.fixture(scope="module")
async def real_app(settings):
    app = create_app(settings.model_copy(update={"database_url": create_extra_database("search_races")}))
    app.state.limiter = Limiter(settings.redis_url, prefix="limits:search_races")
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def real_world(real_app, settings) -> AsyncIterator[World]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(real_app), base_url="http://test") as client:
        yield World(client=client, database=real_app.state.database, settings=settings)


@pytest.fixture(autouse=True)
async def search_sees_the_truth(real_world: World) -> AsyncIterator[None]:
    yield
    async with real_world.database.reading() as session:
        for name, query in invariants.INVARIANTS.items():
            if name.startswith("search sees"):
                assert (await session.execute(text(query))).all() == [], name


async def is_shown(world: World, room: Studio, hour: int) -> bool:
    asked = wish(room, hour=hour, hours=1)
    query = {"address_id": room.address["id"], "city_id": LONDON}
    answer = await world.client.get(
        "/api/v1/rooms", params=query | {"free_from": asked["starts_at"], "free_to": asked["ends_at"]}
    )
    return room.room_id in [found["id"] for found in answer.json()["items"]]


async def take(world: World, room: Studio, customer: Person, hour: int) -> list[bool]:
    """Whether search shows the hour: before, while it is held, when it is paid and when it is cancelled."""
    shown = [await is_shown(world, room, hour)]
    booking = await world.held_booking(room, customer, hour=hour, hours=1)
    shown.append(await is_shown(world, room, hour))
    await world.pay(customer, booking)
    shown.append(await is_shown(world, room, hour))
    if hour % 2:
        await ok(customer.post(f"/bookings/{booking['id']}/cancel"))
    return [*shown, await is_shown(world, room, hour)]


async def a_floor(world: World) -> list[Studio]:
    """The whole and its two rooms."""
    a = await world.studio(hours=ALWAYS_OPEN)
    b, floor = await world.room(a, name="B"), await world.room(a, name="Whole floor")
    await ok(a.owner.put(f"/rooms/{floor.room_id}/parts", {"part_ids": [a.room_id, b.room_id]}))
    return [floor, a, b]


async def test_each_step_of_a_booking_shows_at_once_though_all_are_of_one_day(real_world: World) -> None:
    rooms, customers = await a_floor(real_world), [await real_world.person() for _ in range(HOURS)]
    shown = await asyncio.gather(
        *(take(real_world, rooms[hour % 3], customers[hour], hour) for hour in range(HOURS))
    )
    assert shown == [[True, False, False, bool(hour % 2)] for hour in range(HOURS)]


async def test_a_studio_that_moves_while_it_is_booked_takes_its_time_along(real_world: World) -> None:
    rooms = await a_floor(real_world)
    customers = [await real_world.person() for _ in range(HOURS)]
    studio = rooms[0].address["id"]

    async def move() -> None:
        for number in range(2 * HOURS):
            values = {"city": (NEW_YORK, LONDON)[number % 2], "id": studio}
            async with real_world.database.transaction() as session:
                await session.execute(text("UPDATE addresses SET city_id = :city WHERE id = :id"), values)

    paid = (
        real_world.paid_booking(rooms[hour % 3], customers[hour], hour=hour, hours=1) for hour in range(HOURS)
    )
    await asyncio.gather(move(), *paid)
    assert not any([await is_shown(real_world, rooms[hour % 3], hour) for hour in range(HOURS)])


async def test_a_day_begun_in_one_city_is_of_the_next_when_the_studio_moves(real_world: World) -> None:
    """Without luck: the move begins when the time is taken and not yet committed."""
    floor, *_ = await a_floor(real_world)
    room = {"id": floor.room_id}

    async def move() -> None:
        async with real_world.database.transaction() as session:
            await session.execute(text("UPDATE addresses SET city_id = :city WHERE id = :id"), new_place)

    new_place = {"city": NEW_YORK, "id": floor.address["id"]}
    async with real_world.database.transaction() as session:
        await session.execute(text(TAKE), room)
        moving = asyncio.create_task(move())
        await asyncio.sleep(0.2)
        assert not moving.done()
    await moving
    async with real_world.database.reading() as session:
        assert (await session.scalars(text(CITIES), room)).all() == [NEW_YORK]


CITIES = """
SELECT DISTINCT city_id FROM taken_days WHERE resource_id = (SELECT resource_id FROM rooms WHERE id = :id)
"""
TAKE = """
SELECT claim_time(ARRAY[resource_id], ARRAY[now() + interval '5 days'], ARRAY[now() + interval '6 days'], 'block',
                  NULL)
FROM rooms WHERE id = :id
"""


async def two_rooms_of_a_block(world: World) -> tuple[int, int]:
    """Their resources; no other room is on the market."""
    async with world.database.transaction() as session:
        await session.execute(text("UPDATE rooms SET status = 'inactive'"))
    one = await world.studio(hours=ALWAYS_OPEN)
    async with world.database.transaction() as session:
        await session.execute(text(SKIP_TO_THE_SAME_BLOCK))
    other = await world.room(one, name="Of the same block")
    async with world.database.reading() as session:
        found = await session.scalars(text(RESOURCES), {"ids": [one.room_id, other.room_id]})
        first, second = found.all()
    assert first % BLOCKS == second % BLOCKS
    return first, second


async def race_on_a_full_day(world: World, *, first_is: str, has_to_wait: bool) -> bool:
    """Of two rooms the taken one is freed while the other is taken; returns whether search may trust its rows."""
    taken, free = await two_rooms_of_a_block(world)
    async with world.database.transaction() as session:
        await session.execute(text(TAKE_RESOURCE), {"id": taken})
    freeing, taking = (FREE_RESOURCE, {"id": taken}), (TAKE_RESOURCE, {"id": free})
    first, second = (freeing, taking) if first_is == "freeing" else (taking, freeing)

    async def follow() -> None:
        async with world.database.transaction() as session:
            await session.execute(text(second[0]), second[1])

    async with world.database.transaction() as session:
        await session.execute(text(first[0]), first[1])
        following = asyncio.create_task(follow())
        # Only who frees waits, and only with the lock: the others are done before this transaction ends.
        await asyncio.wait([following], timeout=0.2 if has_to_wait else 20)
    await following
    async with world.database.reading() as session:
        return not (await session.execute(text(invariants.INVARIANTS[NO_FALSE_FULL_DAY]))).all()


@pytest.mark.parametrize("first_is", ["freeing", "taking"])
async def test_a_room_that_is_freed_while_the_last_other_one_is_taken_is_found(
    real_world: World, first_is: str
) -> None:
    assert await race_on_a_full_day(real_world, first_is=first_is, has_to_wait=first_is == "taking")


@pytest.mark.parametrize("first_is", ["freeing", "taking"])
async def test_without_its_lock_it_is_lost(real_world: World, first_is: str) -> None:
    """The negative control."""
    async with real_world.database.transaction() as session:
        guarded = await session.scalar(text("SELECT pg_get_functiondef('full_days_lock'::regproc)"))
        await (await driver(session)).execute(NO_LOCK)
    try:
        assert not await race_on_a_full_day(real_world, first_is=first_is, has_to_wait=False)
    finally:
        async with real_world.database.transaction() as session:
            await (await driver(session)).execute(guarded)
            await session.execute(text("DELETE FROM full_days"))


async def race_on_the_extent_of_a_city(world: World) -> bool:
    """Two studios move apart at once; returns whether search still sees both."""
    north, south = [(await world.studio(city_id=SAO_PAULO, currency="BRL")).address["id"] for _ in range(2)]

    async def move(studio: int, latitude: float) -> None:
        async with world.database.transaction() as session:
            await session.execute(text(MOVE), {"id": studio, "latitude": latitude})

    async with world.database.transaction() as session:
        await session.execute(text(MOVE), {"id": north, "latitude": -10.0})
        following = asyncio.create_task(move(south, -40.0))
        await until(lambda: waiting_for_a_lock(world.database), seconds=20)
    await following
    async with world.database.reading() as session:
        return not (await session.execute(text(invariants.INVARIANTS[WITHIN_EXTENTS]))).all()


async def test_studios_that_move_at_once_are_both_within_what_is_known_of_their_city(
    real_world: World,
) -> None:
    assert await race_on_the_extent_of_a_city(real_world)


async def test_when_what_was_known_is_written_back_one_is_lost(real_world: World) -> None:
    """The negative control."""
    async with real_world.database.transaction() as session:
        guarded = await session.scalar(text("SELECT pg_get_functiondef('extend_city_of_listing'::regproc)"))
        await session.execute(text("DELETE FROM city_extents WHERE city_id = :city"), {"city": SAO_PAULO})
        await session.execute(
            text("UPDATE addresses SET status = 'draft' WHERE city_id = :city"), {"city": SAO_PAULO}
        )
        await (await driver(session)).execute(WRITE_BACK)
    try:
        assert not await race_on_the_extent_of_a_city(real_world)
    finally:
        async with real_world.database.transaction() as session:
            await (await driver(session)).execute(guarded)
            await session.execute(text("UPDATE city_extents SET south = -90, north = 90"))


WITHIN_EXTENTS = "search sees every room within what it knows of the city"
MOVE = "UPDATE addresses SET latitude = :latitude WHERE id = :id"
# Instead of growing what is there by then.
WRITE_BACK = """
CREATE OR REPLACE FUNCTION extend_city_of_listing() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    known city_extents;
BEGIN
    SELECT * INTO known FROM city_extents WHERE city_id = NEW.city_id;
    INSERT INTO city_extents (city_id, south, west, north, east)
    VALUES (NEW.city_id, least(known.south, NEW.latitude), least(known.west, NEW.longitude),
            greatest(known.north, NEW.latitude), greatest(known.east, NEW.longitude))
    ON CONFLICT (city_id) DO UPDATE SET
        south = excluded.south, west = excluded.west, north = excluded.north, east = excluded.east;
    RETURN NULL;
END
$$
"""
NO_FALSE_FULL_DAY = "search sees no day as full on which a room of the block is free"
# A key that nobody else has.
NO_LOCK = """
CREATE OR REPLACE FUNCTION full_days_lock(city bigint, block smallint) RETURNS bigint LANGUAGE sql VOLATILE AS $$
    SELECT nextval('occupancies_claim_id_seq')
$$
"""
RESOURCES = "SELECT resource_id FROM rooms WHERE id = ANY(:ids) ORDER BY id"
SKIP_TO_THE_SAME_BLOCK = f"""
SELECT setval(pg_get_serial_sequence('resources', 'id'), (SELECT max(id) FROM resources) + {BLOCKS - 1})
"""
TAKE_RESOURCE = """
SELECT claim_time(ARRAY[CAST(:id AS bigint)], ARRAY[current_date + interval '5 days'],
                  ARRAY[current_date + interval '6 days'], 'block', NULL)
"""
FREE_RESOURCE = "DELETE FROM occupancies WHERE resource_id = :id"
