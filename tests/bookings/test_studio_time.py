"""Times of requests over HTTP: the studio's clock, and the nights on which it changes."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.factories.world import ALWAYS_OPEN, NEW_YORK, created, ok, problem
from tests.rooms.test_availability_over_http import next_odd_day

ZONE = ZoneInfo("America/New_York")


@pytest.fixture
async def studio(world):
    """Around the clock in New York."""
    return await world.studio(city_id=NEW_YORK, currency="USD", hours=ALWAYS_OPEN, horizon_days=400)


@pytest.fixture
async def customer(world):
    return await world.person()


@pytest.fixture
def spring():
    return next_odd_day(ZONE, 23)


@pytest.fixture
def autumn():
    return next_odd_day(ZONE, 25)


def between(studio, starts_at, ends_at):
    return {"room_id": studio.room_id, "starts_at": starts_at, "ends_at": ends_at}


async def test_a_time_without_offset_is_the_studios(studio, customer):
    day = (datetime.now(UTC) + timedelta(days=30)).date()
    local = await ok(customer.post("/bookings/quote", between(studio, f"{day}T18:00", f"{day}T20:00")))
    start = datetime.fromisoformat(local["starts_at"])
    assert start.astimezone(ZONE).strftime("%H:%M") == "18:00"
    assert start.utcoffset() == start.astimezone(ZONE).utcoffset()
    utc = between(studio, start.astimezone(UTC).isoformat(), (start + timedelta(hours=2)).isoformat())
    assert await ok(customer.post("/bookings/quote", utc)) == local
    tokyo = start.astimezone(ZoneInfo("Asia/Tokyo"))
    foreign = between(studio, tokyo.isoformat(), (tokyo + timedelta(hours=2)).isoformat())
    assert await ok(customer.post("/bookings/quote", foreign)) == local


async def test_the_same_time_written_otherwise_is_taken(studio, customer):
    day = (datetime.now(UTC) + timedelta(days=30)).date()
    made = await created(customer.post("/bookings", between(studio, f"{day}T18:00", f"{day}T20:00")))
    start, end = (datetime.fromisoformat(made[field]).astimezone(UTC) for field in ("starts_at", "ends_at"))
    answer = await customer.post("/bookings", between(studio, start.isoformat(), end.isoformat()))
    problem(answer, 409, "slot_taken")


@pytest.mark.parametrize("path", ["/bookings", "/bookings/quote"])
async def test_a_skipped_local_time_is_refused(studio, customer, spring, path):
    for starts, ends in (("02:00", "04:00"), ("02:30", "04:00"), ("01:00", "02:30")):
        body = between(studio, f"{spring}T{starts}", f"{spring}T{ends}")
        problem(await customer.post(path, body), 422, "local_time_skipped")


async def test_a_night_that_loses_an_hour_costs_an_hour_less(studio, customer, spring):
    booking = await created(customer.post("/bookings", between(studio, f"{spring}T00:00", f"{spring}T06:00")))
    assert booking["total"]["amount"] == 5 * 5000
    assert (booking["starts_at"][-6:], booking["ends_at"][-6:]) == ("-05:00", "-04:00")


async def test_a_night_that_wins_an_hour_costs_an_hour_more(studio, customer, autumn):
    booking = await created(customer.post("/bookings", between(studio, f"{autumn}T00:00", f"{autumn}T06:00")))
    assert booking["total"]["amount"] == 7 * 5000


async def test_of_the_hour_that_comes_twice_both_can_be_booked(studio, customer, autumn):
    """Without an offset the first is meant; the second is named by its offset."""
    first = await created(
        customer.post("/bookings", between(studio, f"{autumn}T01:00", f"{autumn}T01:00-05:00"))
    )
    second = await created(
        customer.post("/bookings", between(studio, f"{autumn}T01:00-05:00", f"{autumn}T02:00"))
    )
    assert (first["starts_at"][-6:], second["starts_at"][-6:]) == ("-04:00", "-05:00")
    assert first["total"] == second["total"] == {"amount": 5000, "currency": "USD"}
    again = await customer.post("/bookings", between(studio, f"{autumn}T01:00", f"{autumn}T02:00"))
    problem(again, 409, "slot_taken")


async def test_a_time_that_ends_before_it_starts_by_the_clock_alone_is_fine(studio, customer, autumn):
    """From the first 01:00 to the second 01:00 an hour goes by."""
    body = between(studio, f"{autumn}T01:00-04:00", f"{autumn}T01:00-05:00")
    assert (await ok(customer.post("/bookings/quote", body)))["total"]["amount"] == 5000
