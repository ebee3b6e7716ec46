"""Rooms made of rooms: whoever takes the whole takes the parts, and the other way round."""

from datetime import date, timedelta

import pytest

from tests.factories.world import created, ok, problem, wish


async def make_whole(studio, *parts):
    part_ids = [part.room_id for part in parts]
    return await ok(studio.owner.put(f"/rooms/{studio.room_id}/parts", {"part_ids": part_ids}))


@pytest.fixture
async def floor(world):
    """A whole of A and B; the floor has its own price, hours are those of the studio."""
    a = await world.studio()
    b = await world.room(a, name="B")
    whole = await world.room(a, name="Whole floor")
    document = await make_whole(whole, a, b)
    assert document["part_ids"] == [a.room_id, b.room_id]
    return whole, a, b


async def starts(world, studio, day):
    next_day = date.fromisoformat(day) + timedelta(days=1)
    period = {"from": day, "to": next_day.isoformat()}
    answer = await world.client.get(f"/api/v1/rooms/{studio.room_id}/availability", params=period)
    return [start[11:13] for start in answer.json()["days"][0]["starts"]]


async def test_taking_the_whole_takes_each_part(world, floor):
    whole, a, b = floor
    customer, other = await world.person(), await world.person()
    held = await created(customer.post("/bookings", wish(whole)))
    for part in (a, b):
        problem(await other.post("/bookings", wish(part, hour=13)), 409, "slot_taken")
        await created(other.post("/bookings", wish(part, hour=14)))
    await ok(customer.post(f"/bookings/{held['id']}/cancel"))
    for part in (a, b):
        await created(other.post("/bookings", wish(part)))


async def test_taking_a_part_takes_the_whole_but_not_its_sister(world, floor):
    whole, a, b = floor
    customer = await world.person()
    await created(customer.post("/bookings", wish(a)))
    problem(await customer.post("/bookings", wish(whole)), 409, "slot_taken")
    await created(customer.post("/bookings", wish(b)))
    assert not (await ok(customer.post("/bookings/quote", wish(whole, hour=13))))["is_free"]
    assert (await ok(customer.post("/bookings/quote", wish(whole, hour=14))))["is_free"]


async def test_a_whole_is_free_when_all_of_it_is(world, floor):
    whole, a, b = floor
    customer = await world.person()
    first = await created(customer.post("/bookings", wish(a, hour=10, hours=1)))
    await created(customer.post("/bookings", wish(b, hour=12, hours=1)))
    await created(customer.post("/bookings", wish(whole, hour=14, hours=1)))
    day = first["starts_at"][:10]
    assert await starts(world, whole, day) == ["11", "13", *(f"{hour}" for hour in range(15, 22))]
    assert await starts(world, a, day) == ["11", "12", "13", *(f"{hour}" for hour in range(15, 22))]


async def test_parts_may_have_parts_and_no_more(world, floor):
    floor_, a, b = floor
    attic, house, estate = [await world.room(a, name=name) for name in ("Attic", "House", "Estate")]
    await make_whole(house, floor_, attic)
    customer = await world.person()
    await created(customer.post("/bookings", wish(house)))
    for room in (floor_, a, b, attic):
        problem(await customer.post("/bookings", wish(room)), 409, "slot_taken")
    path = f"/rooms/{estate.room_id}/parts"
    problem(await estate.owner.put(path, {"part_ids": [house.room_id]}), 409, "parts_too_deep")
    below = await estate.owner.put(f"/rooms/{b.room_id}/parts", {"part_ids": [estate.room_id]})
    problem(below, 409, "parts_too_deep")


async def test_a_room_reached_in_two_ways_is_taken_once(world, floor):
    floor_, a, _ = floor
    house = await world.room(a, name="House")
    await make_whole(house, floor_, a)
    customer = await world.person()
    await created(customer.post("/bookings", wish(house)))
    problem(await customer.post("/bookings", wish(a)), 409, "slot_taken")


async def test_no_room_is_part_of_itself(floor):
    whole, a, _ = floor
    for room, part in ((a, whole), (a, a), (whole, whole)):
        answer = await room.owner.put(f"/rooms/{room.room_id}/parts", {"part_ids": [part.room_id]})
        problem(answer, 409, "parts_cycle")
    document = await ok(whole.owner.get(f"/rooms/{a.room_id}"))
    assert document["part_ids"] == []


async def test_parts_are_rooms_of_the_same_studio(world, floor):
    whole, a, b = floor
    elsewhere = await world.studio()
    for part_id in (elsewhere.room_id, 999_999_999):
        answer = await whole.owner.put(f"/rooms/{whole.room_id}/parts", {"part_ids": [a.room_id, part_id]})
        problem(answer, 422, "unknown_part")
    same = await ok(whole.owner.get(f"/rooms/{whole.room_id}"))
    assert same["part_ids"] == [a.room_id, b.room_id]


@pytest.mark.parametrize(
    "body", [{}, {"part_ids": None}, {"part_ids": ["1"]}, {"part_ids": [1] * 21}], ids=ascii
)
async def test_a_body_that_makes_no_sense_is_refused(floor, body):
    whole, *_ = floor
    problem(await whole.owner.put(f"/rooms/{whole.room_id}/parts", body), 422, "validation_failed")


async def test_a_part_is_added_only_while_nothing_is_to_come(world, floor):
    """What was booked of the whole did not take the new part."""
    whole, a, b = floor
    attic = await world.room(a, name="Attic")
    customer = await world.person()
    booking = await created(customer.post("/bookings", wish(whole)))
    path = f"/rooms/{whole.room_id}/parts"
    more = {"part_ids": [a.room_id, b.room_id, attic.room_id]}
    problem(await whole.owner.put(path, more), 409, "room_in_use")
    assert (await ok(whole.owner.get(f"/rooms/{whole.room_id}")))["part_ids"] == [a.room_id, b.room_id]
    fewer = await ok(whole.owner.put(path, {"part_ids": [a.room_id]}))
    assert fewer["part_ids"] == [a.room_id]
    problem(await customer.post("/bookings", wish(b)), 409, "slot_taken")  # the booking keeps what it took
    await ok(customer.post(f"/bookings/{booking['id']}/cancel"))
    assert (await ok(whole.owner.put(path, more)))["part_ids"] == sorted(more["part_ids"])


async def test_what_takes_the_whole_from_above_is_to_come_too(world, floor):
    floor_, a, b = floor
    house, attic = await world.room(a, name="House"), await world.room(a, name="Attic")
    await make_whole(house, floor_)
    await created((await world.person()).post("/bookings", wish(house)))
    more = {"part_ids": [a.room_id, b.room_id, attic.room_id]}
    problem(await floor_.owner.put(f"/rooms/{floor_.room_id}/parts", more), 409, "room_in_use")


async def test_bookings_of_a_part_do_not_keep_it_from_joining(world, floor):
    whole, a, b = floor
    attic, customer = await world.room(a, name="Attic"), await world.person()
    await created(customer.post("/bookings", wish(attic)))
    await make_whole(whole, a, b, attic)
    problem(await customer.post("/bookings", wish(whole)), 409, "slot_taken")
    await created(customer.post("/bookings", wish(whole, hour=15)))
