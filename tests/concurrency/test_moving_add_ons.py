"""A booking moves to where its engineer is wanted by somebody else at the same moment. With commits."""

import asyncio

import pytest

from src import invariants
from src.bookings.service import holdings
from src.core.database import driver
from src.rooms import service as rooms
from tests.bookings.test_add_ons import engineer
from tests.concurrency.test_booking_races import ROUNDS, outcomes, stage
from tests.factories.world import created, ok, wish


@pytest.fixture(scope="module")
async def real(settings):
    async with stage(settings, "moving_add_ons") as real:
        yield real


async def race(real, studio, second, named, days_ahead):
    """A move of one booking against the making of another, elsewhere, with the same engineer at the new time."""
    customer, rival = await real.world.person(), await real.world.person()
    wanted = wish(studio, days_ahead=days_ahead) | {"professional": named}
    booking = await created(customer.post("/bookings", wanted))
    await real.world.pay(customer, booking)
    body = wish(second, days_ahead=days_ahead, hour=15) | {"professional": named}
    to = {field: body[field] for field in ("starts_at", "ends_at")}
    answers = await asyncio.gather(
        customer.post(f"/bookings/{booking['id']}/reschedule", to), rival.post("/bookings", body)
    )
    after = await ok(customer.get(f"/bookings/{booking['id']}"))
    return outcomes(answers), answers[0].is_success, after["starts_at"] != booking["starts_at"]


async def test_one_of_them_has_the_engineer_and_the_other_keeps_what_it_had(real):
    studio = await real.world.studio()
    second, (_, named) = await real.world.room(studio), await engineer(real.world, studio)
    for number in range(ROUNDS):
        codes, is_told_so, has_moved = await race(real, studio, second, named, 30 + number)
        assert codes == ["add_on_taken", "ok"]
        assert has_moved == is_told_so
    await real.assert_sound()


async def test_two_that_want_each_others_time_do_not_deadlock(real):
    studio = await real.world.studio()
    second, (_, named) = await real.world.room(studio), await engineer(real.world, studio)
    for number in range(ROUNDS // 2):
        people = [await real.world.person() for _ in range(2)]
        held = [
            await created(
                person.post(
                    "/bookings", wish(room, days_ahead=30 + number, hour=hour) | {"professional": named}
                )
            )
            for person, room, hour in zip(people, (studio, second), (12, 14), strict=True)
        ]
        for person, booking in zip(people, held, strict=True):
            await real.world.pay(person, booking)
        moves = [
            person.post(
                f"/bookings/{mine['id']}/reschedule",
                {field: theirs[field] for field in ("starts_at", "ends_at")},
            )
            for person, mine, theirs in zip(people, held, reversed(held), strict=True)
        ]
        assert outcomes(await asyncio.gather(*moves)) == ["add_on_taken", "add_on_taken"]
    await real.assert_sound()


async def test_if_only_the_room_were_claimed_the_engineer_would_be_in_two_rooms(settings, monkeypatch):
    """Negative control: the race above would be noticed."""

    async def of_the_room(session, booking, *, room_id, span):
        return await rooms.get_wishes(await driver(session), room_id=room_id, span=span)

    async with stage(settings, "moving_rooms_only") as real:
        studio = await real.world.studio()
        second, (_, named) = await real.world.room(studio), await engineer(real.world, studio)
        monkeypatch.setattr(holdings, "list_wishes", of_the_room)
        codes, _, has_moved = await race(real, studio, second, named, 30)
        assert (codes, has_moved) == (["ok", "ok"], True)
        async with real.world.database.reading() as session:
            assert list(await invariants.check(session)) == [
                "a booking that is held or confirmed has the time of all its add-ons"
            ]
