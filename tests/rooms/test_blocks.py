"""Time that an owner keeps for themselves."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from src import invariants
from src.core.clock import utc_now
from tests.factories.world import ALWAYS_OPEN, created, ok, problem, wish


def block(studio, **changes):
    """As a wish, of the same time."""
    body = wish(studio, **changes)
    del body["room_id"]
    return body | {"reason": "New floor"}


def path(studio):
    return f"/rooms/{studio.room_id}/blocks"


async def test_blocked_time_can_not_be_booked_until_it_is_freed(world, session):
    studio, customer = await world.studio(), await world.person()
    made = await created(studio.owner.post(path(studio), block(studio)))
    assert made["reason"] == "New floor"
    assert (made["room_id"], made["created_by"]) == (studio.room_id, studio.owner.id)
    assert made["timezone"] == "Europe/London"
    problem(await customer.post("/bookings", wish(studio, hour=13)), 409, "slot_taken")
    await created(customer.post("/bookings", wish(studio, hour=14)))
    assert await invariants.check(session) == {}
    gone = await studio.owner.delete(f"{path(studio)}/{made['id']}")
    assert gone.status_code == 204
    await created(customer.post("/bookings", wish(studio)))
    problem(await studio.owner.delete(f"{path(studio)}/{made['id']}"), 404, "block_not_found")


async def test_nothing_that_is_taken_is_blocked(world):
    studio, customer = await world.studio(buffer_after_minutes=30), await world.person()
    booking = await world.held_booking(studio, customer, hour=12)
    for hour, hours in ((11, 2), (13, 3), (14, 1), (10, 6)):
        answer = await studio.owner.post(path(studio), block(studio, hour=hour, hours=hours))
        problem(answer, 409, "slot_taken")
    assert (await ok(studio.owner.get(path(studio))))["items"] == []
    await world.let_hold_end(booking)
    await created(studio.owner.post(path(studio), block(studio)))
    problem(await studio.owner.post(path(studio), block(studio)), 409, "slot_taken")


async def test_a_block_of_the_whole_takes_the_parts(world):
    part, customer = await world.studio(), await world.person()
    whole = await world.room(part, name="Whole floor")
    await ok(part.owner.put(f"/rooms/{whole.room_id}/parts", {"part_ids": [part.room_id]}))
    made = await created(part.owner.post(path(whole), block(whole)))
    problem(await customer.post("/bookings", wish(part)), 409, "slot_taken")
    await part.owner.delete(f"{path(whole)}/{made['id']}")
    await created(customer.post("/bookings", wish(part)))


async def test_a_block_of_months_is_taken_to_its_last_minute(world, session):
    studio, customer = await world.studio(hours=ALWAYS_OPEN), await world.person()
    made = await created(studio.owner.post(path(studio), block(studio, hours=100 * 24)))
    taken = text("SELECT count(*) FROM occupancies WHERE kind = 'block'")
    assert await session.scalar(taken) == 4
    for days in (0, 31, 62, 93, 99):
        answer = await customer.post("/bookings", wish(studio, days_ahead=30 + days))
        problem(answer, 409, "slot_taken")
    await created(customer.post("/bookings", wish(studio, days_ahead=130)))
    assert await invariants.check(session) == {}
    assert (await studio.owner.delete(f"{path(studio)}/{made['id']}")).status_code == 204
    assert await session.scalar(taken) == 0


async def test_a_block_may_have_begun_but_not_be_over(world):
    studio = await world.studio()
    now = utc_now()

    async def attempt(begin, end):
        span = {"starts_at": (now + begin).isoformat(), "ends_at": (now + end).isoformat()}
        return await studio.owner.post(path(studio), span)

    hour, day = timedelta(hours=1), timedelta(days=1)
    await created(attempt(-hour, hour))
    problem(await attempt(-3 * hour, -2 * hour), 422, "in_the_past")
    problem(await attempt(3 * hour, 3 * hour), 422, "ends_before_start")
    problem(await attempt(3 * hour, 2 * hour), 422, "ends_before_start")
    problem(await attempt(day, 367 * day + hour), 422, "block_too_long")
    await created(attempt(day, 367 * day))


@pytest.mark.parametrize(
    "changes",
    [
        {"starts_at": "soon"},
        {"ends_at": None},
        {"reason": "x" * 201},
        {"reason": "a\0b"},
        {"kind": "booking"},
    ],
    ids=ascii,
)
async def test_a_block_that_makes_no_sense_is_refused(world, changes):
    studio = await world.studio()
    problem(await studio.owner.post(path(studio), block(studio) | changes), 422, "validation_failed")


async def test_blocks_are_listed_by_start_in_pages_and_by_period(world):
    studio = await world.studio()
    ids = [
        (await created(studio.owner.post(path(studio), block(studio, days_ahead=days))))["id"]
        for days in (33, 31, 35)
    ]
    in_order = [ids[1], ids[0], ids[2]]
    listed = await ok(studio.owner.get(path(studio)))
    assert [item["id"] for item in listed["items"]] == in_order
    page = await ok(studio.owner.get(path(studio), params={"page": 2, "size": 2}))
    assert ([item["id"] for item in page["items"]], page["total"]) == (in_order[2:], 3)
    days = [(utc_now() + timedelta(days=n)).date().isoformat() for n in (32, 35)]
    some = await ok(studio.owner.get(path(studio), params={"from": days[0], "to": days[1]}))
    assert [item["id"] for item in some["items"]] == [ids[0]]


async def test_blocks_are_the_teams_own_business(world):
    studio, stranger, neighbour = await world.studio(), await world.person(), await world.studio()
    made = await created(studio.owner.post(path(studio), block(studio)))
    for person in (stranger, neighbour.owner):
        problem(await person.get(path(studio)), 403, "permission_missing")
        problem(await person.post(path(studio), block(studio, hour=15)), 403, "permission_missing")
        problem(await person.delete(f"{path(studio)}/{made['id']}"), 403, "permission_missing")
    problem(await neighbour.owner.delete(f"{path(neighbour)}/{made['id']}"), 404, "block_not_found")
    draft = await world.studio(is_published=False)
    problem(await stranger.get(path(draft)), 404, "room_not_found")
    problem(await stranger.post(path(draft), block(draft)), 404, "room_not_found")
    assert (await ok(studio.owner.get(path(studio))))["items"] == [made]


async def test_a_repeated_block_is_made_once(world):
    studio = await world.studio()
    key = {"Idempotency-Key": "new floor"}
    first = await created(studio.owner.post(path(studio), block(studio), headers=key))
    assert await created(studio.owner.post(path(studio), block(studio), headers=key)) == first
