"""Special days, closures and rooms made of others: search says what availability says, hour by hour."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from src.rooms.search import service
from tests.factories.world import ALWAYS_OPEN, LONDON, created, ok, wish
from tests.rooms.search.test_free_between import AHEAD, between

HOUR = timedelta(hours=1)


def day(ahead=AHEAD):
    return (datetime.now(UTC) + timedelta(days=ahead)).date()


@pytest.fixture
def assert_same(world, room_ids):
    """Of every hour of three days; returns how many are free."""

    async def compare(studio, *, minutes=60):
        period = {"from": str(day(AHEAD - 1)), "to": str(day(AHEAD + 2)), "duration": minutes}
        path = f"/api/v1/rooms/{studio.room_id}/availability"
        shown = (await world.client.get(path, params=period)).json()
        starts = {at[:16] for found in shown["days"] for at in found["starts"]}
        free = 0
        for hour in range(-24, 48):
            asked = between(hour, hour + minutes / 60)
            is_free = asked["free_from"][:16] in starts
            here = {"city_id": LONDON, "address_id": studio.address["id"]}
            assert (studio.room_id in await room_ids(**here, **asked)) is is_free, asked
            if hour % 6 == 0:
                stretch = asked | {"duration": minutes}
                assert (studio.room_id in await room_ids(**here, **stretch)) is is_free, stretch
            free += is_free
        return free

    return compare


async def test_special_days_replace_the_week(world, assert_same):
    studio = await world.studio()
    nights = [{"mode": "open", "opens": "20:00", "closes": "03:00"}]
    days = [
        {"first_date": str(day(AHEAD - 1)), "last_date": str(day(AHEAD - 1)), "label": "Long night", "hours": nights},
        {"first_date": str(day()), "last_date": str(day()), "label": "Holiday", "hours": [{"mode": "closed"}]},
    ]  # fmt: skip
    path = f"/addresses/{studio.address['id']}/special-days"
    await ok(studio.owner.put(path, {"special_days": days}))
    assert await assert_same(studio) == 7 + 12
    await ok(studio.owner.put(path, {"special_days": []}))
    assert await assert_same(studio) == 3 * 12


async def test_closures_close_whole_days_and_hours_until_they_are_taken_back(world, assert_same):
    studio = await world.studio(hours=ALWAYS_OPEN)
    path = f"/addresses/{studio.address['id']}/closures"
    holiday = {"first_date": str(day()), "last_date": str(day()), "reason": "Holiday"}
    made = await created(studio.owner.post(path, holiday))
    hours = wish(studio, days_ahead=AHEAD + 1, hour=6, hours=3)
    await created(
        studio.owner.post(path, {key: hours[key] for key in ("starts_at", "ends_at")} | {"reason": "Works"})
    )
    open_hours = await assert_same(studio)
    assert open_hours == 72 - 24 - 3
    assert (await studio.owner.delete(f"{path}/{made['id']}")).status_code == 204
    assert await assert_same(studio) == 72 - 3


async def test_a_whole_is_taken_with_its_parts_and_they_with_it(world, assert_same):
    a, customer = await world.studio(hours=ALWAYS_OPEN), await world.person()
    b = await world.room(a, name="B", buffer_after_minutes=60)
    floor = await world.room(a, name="Whole floor")
    await ok(a.owner.put(f"/rooms/{floor.room_id}/parts", {"part_ids": [a.room_id, b.room_id]}))
    await world.paid_booking(a, customer, hour=4, hours=2)
    await world.held_booking(b, customer, hour=10, hours=1)
    await world.paid_booking(floor, customer, hour=20, hours=3)
    for room, free in ((a, 72 - 2 - 3), (floor, 72 - 2 - 3 - 2)):
        assert await assert_same(room) == free
    assert await assert_same(b) < 72 - 1 - 3
    await ok(a.owner.put(f"/rooms/{floor.room_id}/parts", {"part_ids": []}))
    assert await assert_same(floor) == 72 - 3


@pytest.mark.parametrize("minutes", [50, 75])
async def test_a_span_may_share_a_quarter_of_an_hour_with_what_is_taken(world, room_ids, minutes):
    """Where the bits of a day can't tell."""
    studio = await world.studio(hours=ALWAYS_OPEN, slot_minutes=5, min_minutes=5)
    customer = await world.person()
    starts = datetime.combine(day(), datetime.min.time(), UTC) + 12 * HOUR
    taken = {
        "starts_at": starts.isoformat(),
        "ends_at": (starts + minutes * timedelta(minutes=1)).isoformat(),
    }
    booking = await created(customer.post("/bookings", {"room_id": studio.room_id} | taken))
    await world.pay(customer, booking)
    for shift in range(-80, 85, 5):
        asked = [starts + (shift + end) * timedelta(minutes=1) for end in (0, 20)]
        query = {"free_from": asked[0].isoformat(), "free_to": asked[1].isoformat()}
        is_free = shift + 20 <= 0 or shift >= minutes
        for place in ({"city_id": LONDON}, {"near": "51.5,-0.13"}, {}):
            assert (await room_ids(**place, **query) == [studio.room_id]) is is_free, (shift, place)


async def test_days_that_are_over_are_forgotten(world, session):
    studio = await world.studio()
    of_room = {"id": studio.room_id}
    for ahead in (-40, -3, -1, 5):
        await session.execute(text(TAKEN), of_room | {"ahead": ahead})
    assert await service.forget_past_days(session) == 2
    left = await session.scalars(text("SELECT day - utc_day(now()) FROM taken_days ORDER BY 1"))
    assert left.all() == [-1, 5]
    assert await service.forget_past_days(session) == 0


TAKEN = """
INSERT INTO occupancies (resource_id, claim_id, kind, starts_at, ends_at)
SELECT resource_id, 0, 'block', noon, noon + interval '1 hour'
FROM rooms, (SELECT (utc_day(now()) + CAST(:ahead AS int) + time '12:00') AT TIME ZONE 'UTC') AS of_day (noon)
WHERE id = :id
"""
