"""Whether somebody came: said by the clock, corrected by the owner."""

from datetime import timedelta

import pytest

from tests.factories.world import ok, problem


@pytest.fixture
async def studio(world):
    return await world.studio()


@pytest.fixture
async def booking(world, studio):
    return await world.paid_booking(studio, await world.person())


def path(booking):
    return f"/bookings/{booking['id']}"


async def test_the_clock_completes_what_is_over_and_nothing_else(world, worker, studio, booking):
    coming = await world.paid_booking(studio, await world.person(), hour=18)
    assert await worker.complete_past_bookings() == 0
    await world.let_it_end(booking)
    assert await worker.complete_past_bookings() == 1
    assert await worker.complete_past_bookings() == 0
    assert (await ok(studio.owner.get(path(booking))))["status"] == "completed"
    assert (await ok(studio.owner.get(path(coming))))["status"] == "confirmed"
    history = (await studio.owner.get(f"{path(booking)}/history")).json()
    assert (history[-1]["actor"], history[-1]["reason"]) == ("system", "its time is over")


async def test_nobody_completes_what_is_not_over(world, studio, booking):
    answer = problem(await studio.owner.post(f"{path(booking)}/complete"), 409, "too_early")
    assert answer["not_before"].startswith(booking["ends_at"][:16])
    await world.let_it_end(booking)
    assert (await ok(studio.owner.post(f"{path(booking)}/complete")))["status"] == "completed"


async def test_a_no_show_is_said_from_the_start_on_for_a_week(world, worker, studio, booking):
    problem(await studio.owner.post(f"{path(booking)}/no-show"), 409, "too_early")
    await world.let_it_begin(booking)
    no_show = await ok(studio.owner.post(f"{path(booking)}/no-show"))
    assert (no_show["status"], no_show["refund"]["amount"]) == ("no_show", 0)

    other = await world.paid_booking(studio, await world.person(), hour=18)
    await world.let_it_end(other, ago=timedelta(hours=1))
    await worker.complete_past_bookings()
    assert (await ok(studio.owner.patch(f"{path(other)}/status", {"status": "no_show"})))[
        "status"
    ] == "no_show"

    old = await world.paid_booking(studio, await world.person(), hour=20)
    await world.let_it_begin(old, ago=timedelta(days=7, minutes=1))
    problem(await studio.owner.post(f"{path(old)}/no-show"), 409, "too_late")


async def test_a_stranger_sees_no_history(world, booking):
    problem(await (await world.person()).get(f"{path(booking)}/history"), 404, "booking_not_found")
