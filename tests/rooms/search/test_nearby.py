"""Rooms of a circle by price: what the naive statement finds, whether they are few or many."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from src.calendars.service import Span
from src.core.clock import utc_now
from src.core.database import driver
from src.rooms.search import matches, repository
from src.rooms.search.filters import RoomFilter
from src.rooms.search.free_time import Window
from src.rooms.search.places import Box, cells_of
from tests.factories.world import ALWAYS_OPEN, LONDON, NEW_YORK
from tests.support.fuzzing import examples

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
NOON = utc_now().replace(hour=12, minute=0, second=0, microsecond=0) + 7 * DAY
STUDIOS = 6

# Around where four cells meet, around the antimeridian and around a pole.
CENTRES = [(52.0, 0.0), (-17.0, 180.0), (89.9, 10.0)]
degrees = st.floats(-0.6, 0.6)
rooms = st.tuples(degrees, degrees, st.integers(1_000, 1_003), st.booleans())


async def place(session, ids, centre, plan):
    """Each studio near the centre, its room with a price of its own, taken at noon or not."""
    for (address_id, room_id), (up, right, amount, is_taken) in zip(ids, plan, strict=True):
        values = {
            "address": address_id, "room": room_id, "amount": amount,
            "lat": min(90.0, centre[0] + up), "lng": (centre[1] + right + 540) % 360 - 180,
        }  # fmt: skip
        await session.execute(text(MOVE), values)
        await session.execute(text(PRICE), values)
        await session.execute(text(FREE), values)
        if is_taken:
            await session.execute(text(TAKE), values | {"from": NOON, "to": NOON + HOUR})


@settings(max_examples=examples(12), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    centre=st.sampled_from(CENTRES),
    plan=st.lists(rooms, min_size=STUDIOS, max_size=STUDIOS),
    radius_km=st.floats(1, 80),
)
async def test_it_finds_what_the_naive_statement_finds(
    monkeypatch, session, room_ids, studios, centre, plan, radius_km
):
    await place(session, studios, centre, plan)
    asked = {"lat": centre[0], "lng": centre[1], "radius": radius_km, "from": NOON, "to": NOON + HOUR}
    naive = (await session.scalars(text(NAIVE), asked)).all()
    query = {
        "near": f"{centre[0]},{centre[1]}", "radius_km": radius_km, "sort": "price",
        "free_from": NOON.isoformat(), "free_to": (NOON + HOUR).isoformat(),
    }  # fmt: skip
    for few in (0, 500):
        monkeypatch.setattr(matches, "FEW", few)
        assert await room_ids(**query) == naive, few


@pytest.fixture
async def studios(world):
    """Ids of studios and of their only rooms, in two cities."""
    made = [
        await world.studio(hours=ALWAYS_OPEN, city_id=(LONDON, NEW_YORK)[number % 2])
        for number in range(STUDIOS)
    ]
    return [(studio.address["id"], studio.room_id) for studio in made]


async def test_many_are_read_in_the_order_of_their_prices(monkeypatch, session, studios):
    """Without sorting them: what is read ends where the page does."""
    monkeypatch.setattr(matches, "FEW", 0)
    wanted = RoomFilter(near="51.5,-0.13", radius_km=40, sort="price")
    window = Window(Span(NOON, NOON + HOUR), None, utc_now())
    statement, arguments = repository.rooms_statement(wanted, window)
    # Of a table of six rows the planner prefers to read all: whether it can do without is the question. The index of
    # all prices has that order too, and of six rows neither is dearer.
    for way in ("seqscan", "bitmapscan", "sort"):
        await session.execute(text(f"SET LOCAL enable_{way} = off"))
    await session.execute(text("DROP INDEX ix_room_listings_price"))
    rows = await (await driver(session)).fetch(f"EXPLAIN (COSTS OFF) {statement}", *arguments)
    plan = "\n".join(row[0] for row in rows)
    assert "Merge Append" in plan
    assert "ix_room_listings_cell_price" in plan


@given(st.floats(-90, 89), st.floats(-180, 179), st.floats(0, 1), st.floats(0, 1))
@settings(max_examples=examples(60), suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_a_position_has_one_of_the_cells_of_its_box(session, south, west, up, right):
    box = Box(south, west, min(90.0, south + 1), min(180.0, west + 1))
    latitude = min(box.north, south + up * (box.north - south))
    longitude = min(box.east, west + right * (box.east - west))
    cell = await session.scalar(text("SELECT map_cell(:lat, :lng)"), {"lat": latitude, "lng": longitude})
    assert cell in set(cells_of(box))


MOVE = "UPDATE addresses SET latitude = :lat, longitude = :lng WHERE id = :address"
PRICE = "UPDATE room_prices SET amount = :amount WHERE room_id = :room"
FREE = "DELETE FROM occupancies WHERE resource_id = (SELECT resource_id FROM rooms WHERE id = :room)"
TAKE = """
SELECT claim_time(ARRAY[resource_id], ARRAY[CAST(:from AS timestamptz)], ARRAY[CAST(:to AS timestamptz)], 'block',
                  NULL)
FROM rooms WHERE id = :room
"""
NAIVE = """
SELECT room.id FROM rooms AS room JOIN addresses AS address ON address.id = room.address_id
WHERE 2 * 6371.0088 * asin(least(1, sqrt(
          power(sin(radians(latitude - :lat) / 2), 2)
          + cos(radians(:lat)) * cos(radians(latitude)) * power(sin(radians(longitude - :lng) / 2), 2)))) <= :radius
  AND NOT EXISTS (SELECT FROM occupancies AS taken WHERE taken.resource_id = room.resource_id
                  AND taken.starts_at < :to AND taken.ends_at > :from)
ORDER BY (SELECT min(amount * 60 / duration_minutes) FROM room_prices WHERE room_id = room.id), room.id
"""
