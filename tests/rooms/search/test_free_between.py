"""What is shown as free can be booked: search against the one rule of bookings, for what is open, taken and held."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from src.core.clock import utc_now
from src.rooms.search.exceptions import OffsetNeededError
from tests.factories.world import ALWAYS_OPEN, LONDON, ok, problem, wish
from tests.support.fuzzing import examples

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
AHEAD = 30
HERE = {"city_id": LONDON}


def between(first_hour, last_hour, *, days_ahead=AHEAD):
    """Local hours of the studio's city."""
    day = (datetime.now(UTC) + days_ahead * DAY).replace(
        hour=0, minute=0, second=0, microsecond=0, tzinfo=None
    )
    return {
        "free_from": (day + first_hour * HOUR).isoformat(),
        "free_to": (day + last_hour * HOUR).isoformat(),
    }


async def test_held_and_paid_time_is_not_free_and_cancelled_time_is(world, room_ids):
    studio, customer = await world.studio(), await world.person()
    booking = await world.held_booking(studio, customer, hour=12)
    for span, is_free in {
        (12, 14): False,
        (11, 13): False,
        (13, 15): False,
        (10, 12): True,
        (14, 16): True,
    }.items():
        assert (await room_ids(**HERE, **between(*span)) == [studio.room_id]) is is_free, span
    await world.pay(customer, booking)
    for span, is_free in {
        (12, 14): False,
        (11, 13): False,
        (13, 15): False,
        (10, 12): True,
        (14, 16): True,
    }.items():
        assert (await room_ids(**HERE, **between(*span)) == [studio.room_id]) is is_free, span
    await ok(customer.post(f"/bookings/{booking['id']}/cancel"))
    assert await room_ids(**HERE, **between(12, 14)) == [studio.room_id]


async def test_an_ended_hold_is_free_though_nobody_has_swept_it(world, room_ids):
    studio, customer = await world.studio(), await world.person()
    booking = await world.held_booking(studio, customer, hour=12)
    await world.let_hold_end(booking)
    assert await room_ids(**HERE, **between(12, 14)) == [studio.room_id]


async def test_a_buffer_reaches_into_the_next_day(world, room_ids):
    studio, customer = await world.studio(hours=ALWAYS_OPEN, buffer_after_minutes=90), await world.person()
    await world.paid_booking(studio, customer, hour=0, hours=1, days_ahead=AHEAD)
    assert await room_ids(**HERE, **between(22, 23, days_ahead=AHEAD - 1)) == []
    assert await room_ids(**HERE, **between(21, 22, days_ahead=AHEAD - 1)) == [studio.room_id]
    assert await room_ids(**HERE, **between(2, 3)) == []
    assert await room_ids(**HERE, **between(3, 4)) == [studio.room_id]


@pytest.mark.parametrize(
    ("room", "span", "is_free"),
    [
        ({}, (9, 11), False),
        ({}, (20, 22), True),
        ({}, (20, 23), False),
        ({"slot_minutes": 120, "min_minutes": 120}, (10, 12), True),
        ({"slot_minutes": 120, "min_minutes": 120}, (11, 13), False),
        ({"slot_minutes": 120, "min_minutes": 120}, (10, 13), False),
        ({"min_minutes": 180}, (10, 12), False),
        ({"max_minutes": 60}, (10, 12), False),
        ({"notice_minutes": (AHEAD + 2) * 24 * 60}, (10, 12), False),
        ({"horizon_days": AHEAD - 2}, (10, 12), False),
        ({"prices": []}, (10, 12), False),
    ],
    ids=str,
)
async def test_only_what_the_rooms_rules_allow_is_free(world, room_ids, room, span, is_free):
    prices = room.pop("prices", None)
    studio = await world.studio(**room)
    if prices is not None:
        await ok(studio.owner.put(f"/rooms/{studio.room_id}/prices", {"prices": prices}))
    assert await room_ids(**HERE, **between(*span)) == ([studio.room_id] if is_free else [])


async def test_some_stretch_of_a_duration_is_enough(world, room_ids):
    studio, customer = await world.studio(), await world.person()
    await world.paid_booking(studio, customer, hour=12)
    await world.held_booking(studio, customer, hour=15, hours=1)
    assert await room_ids(**HERE, **between(11, 17), duration=120) == []
    assert await room_ids(**HERE, **between(11, 17), duration=60) == [studio.room_id]
    assert await room_ids(**HERE, **between(11, 18), duration=120) == [studio.room_id]
    assert await room_ids(**HERE, **between(20, 34), duration=180) == []
    assert await room_ids(**HERE, **between(20, 36), duration=120) == [studio.room_id]


async def test_of_a_room_taken_on_both_days_only_stretches_between_are_found(world, room_ids):
    studio, customer = await world.studio(hours=ALWAYS_OPEN), await world.person()
    for first, hours in ((20, 4), (24, 3), (29, 3)):
        await world.paid_booking(
            studio, customer, hour=first % 24, hours=hours, days_ahead=AHEAD + first // 24
        )
    assert await room_ids(**HERE, **between(20, 27), duration=60) == []
    assert await room_ids(**HERE, **between(20, 32), duration=120) == [studio.room_id]
    assert await room_ids(**HERE, **between(20, 32), duration=180) == []


async def test_without_an_offset_a_city_has_to_say_whose_time_is_meant(world, room_ids):
    studio = await world.studio()
    answer = await world.client.get("/api/v1/rooms", params=between(10, 12))
    problem(answer, 422, OffsetNeededError.code)
    answer = await world.client.get("/api/v1/rooms", params=between(10, 12) | {"city_id": 1})
    problem(answer, 422, "unknown_city")
    with_offset = {name: value + "+00:00" for name, value in between(14, 16).items()}
    assert await room_ids(**with_offset) == [studio.room_id]
    assert await room_ids(**with_offset, near="51.5,-0.13") == [studio.room_id]


times = st.tuples(st.integers(0, 23 * 2), st.integers(1, 8)).map(
    lambda pair: (pair[0] / 2, (pair[0] + pair[1]) / 2)
)


@settings(max_examples=examples(6), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    opens=st.integers(0, 23),
    closes=st.integers(0, 23),
    slot=st.sampled_from([30, 60]),
    buffers=st.tuples(st.sampled_from([0, 15, 60]), st.sampled_from([0, 30])),
    taken=st.lists(times, max_size=4),
    asked=st.lists(times, min_size=4, max_size=8),
)
async def test_search_says_what_availability_says(
    world, room_ids, opens, closes, slot, buffers, taken, asked
):
    """Whatever the hours, the buffers and what is booked."""
    hours = [
        {"weekday": day, "mode": "open", "opens": f"{opens:02}:00", "closes": f"{closes:02}:00"}
        for day in range(7)
    ]
    before, after = buffers
    studio = await world.studio(
        hours=hours, slot_minutes=slot, min_minutes=slot, max_minutes=4 * 60,
        buffer_before_minutes=before, buffer_after_minutes=after,
    )  # fmt: skip
    customer = await world.person()
    for number, (start, end) in enumerate(taken):
        span = between(start, end)
        body = {"room_id": studio.room_id, "starts_at": span["free_from"], "ends_at": span["free_to"]}
        answer = await customer.post("/bookings", body)
        if answer.status_code == 201 and number % 2:
            await world.pay(customer, answer.json())
    for start, end in asked:
        minutes = int((end - start) * 60)
        day = (utc_now() + AHEAD * DAY).date()
        period = {"from": day.isoformat(), "to": (day + 2 * DAY).isoformat(), "duration": minutes}
        shown = await ok(customer.get(f"/rooms/{studio.room_id}/availability", params=period))
        starts = {at[:16] for found in shown["days"] for at in found["starts"]}
        is_free = between(start, end)["free_from"][:16] in starts
        here = HERE | {"address_id": studio.address["id"]}
        assert (await room_ids(**here, **between(start, end)) == [studio.room_id]) is is_free, (start, end)
        stretch = between(start, end) | {"duration": minutes}
        assert (await room_ids(**here, **stretch) == [studio.room_id]) is is_free, (start, end)


async def test_what_search_shows_can_be_booked(world, room_ids):
    studio, customer = await world.studio(buffer_after_minutes=30), await world.person()
    await world.held_booking(studio, customer, hour=14, hours=1)
    for hour in range(24):
        is_shown = await room_ids(**HERE, **between(hour, hour + 2)) == [studio.room_id]
        answer = await customer.post("/bookings", wish(studio, hour=hour, hours=2))
        assert (answer.status_code == 201) is is_shown, hour
        if answer.status_code == 201:
            await ok(customer.post(f"/bookings/{answer.json()['id']}/cancel"))
