"""Whether somebody came: said by the clock, corrected by the owner."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from tests.factories.world import ok, problem


@pytest.fixture
async def studio(world):
    return await world.studio()


@pytest.fixture
async def customer(world):
    return await world.person()


@pytest.fixture
async def booking(world, studio, customer):
    return await world.paid_booking(studio, customer)


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


async def test_a_no_show_that_was_none_is_taken_back(world, worker, session, studio, customer, booking):
    await world.let_it_end(booking)
    await worker.complete_past_bookings()
    await ok(studio.owner.post(f"{path(booking)}/no-show", {"reason": "The door stayed shut"}))
    await worker.run()
    missed = await ok(studio.owner.get(path(booking)))
    taken_back = await ok(
        studio.owner.post(
            f"{path(booking)}/no-show/take-back",
            {"reason": "They were in the other room", "version": missed["version"]},
        )
    )
    assert (taken_back["status"], taken_back["version"]) == ("completed", missed["version"] + 1)
    await worker.run()

    history = (await customer.get(f"{path(booking)}/history")).json()[-1]
    assert (history["from_status"], history["to_status"]) == ("no_show", "completed")
    assert (history["actor"], history["reason"]) == ("owner", "They were in the other room")
    audited = text("SELECT changes FROM audit_entries WHERE action = 'booking.no_show_taken_back'")
    assert await session.scalar(audited) == {"status": ["no_show", "completed"]}
    assert await told(customer) == ["no_show_taken_back", "booking_no_show"]
    subjects = worker.mailbox.subjects(customer.email)
    assert [subject.partition(":")[0] for subject in subjects[-2:]] == ["You were missed", "Corrected"]


async def test_while_its_time_is_not_over_it_goes_on(world, worker, studio, booking):
    await world.let_it_begin(booking)
    await ok(studio.owner.post(f"{path(booking)}/no-show"))
    problem(await studio.owner.post(f"{path(booking)}/complete"), 409, "too_early")
    late = await ok(studio.owner.post(f"{path(booking)}/no-show/take-back"))
    assert late["status"] == "confirmed"
    problem(await studio.owner.post(f"{path(booking)}/no-show/take-back"), 409, "illegal_move")
    await world.let_it_end(booking)
    assert await worker.complete_past_bookings() == 1
    problem(await studio.owner.post(f"{path(booking)}/no-show/take-back"), 409, "illegal_move")


@pytest.mark.parametrize("move", ["no-show/take-back", "complete", "status"])
async def test_a_no_show_is_taken_back_for_a_week_by_every_way(world, session, studio, booking, move):
    async def take_back():
        if move == "status":
            return await studio.owner.patch(f"{path(booking)}/status", {"status": "completed"})
        return await studio.owner.post(f"{path(booking)}/{move}")

    await world.let_it_end(booking)
    await ok(studio.owner.post(f"{path(booking)}/no-show"))
    await say_earlier(session, booking, timedelta(days=7, minutes=1))
    problem(await take_back(), 409, "too_late")
    await say_earlier(session, booking, -timedelta(minutes=2))
    assert (await ok(take_back()))["status"] == "completed"


async def test_who_is_missed_a_second_time_is_told_again(world, worker, studio, customer, booking):
    await world.let_it_end(booking)
    for move in ("no-show", "no-show/take-back", "no-show"):
        await ok(studio.owner.post(f"{path(booking)}/{move}"))
        await worker.run()
    assert await told(customer) == ["booking_no_show", "no_show_taken_back", "booking_no_show"]


async def told(person):
    """Of what happened at the door, the latest first."""
    kinds = [each["kind"] for each in (await ok(person.get("/notifications")))["items"]]
    return [kind for kind in kinds if "no_show" in kind]


async def say_earlier(session, booking, by):
    moves = "UPDATE booking_moves SET created_at = created_at - CAST(:by AS interval) WHERE booking_id = :id"
    await session.execute(text(moves), {"by": by, "id": booking["id"]})


async def test_a_stranger_sees_no_history(world, booking):
    problem(await (await world.person()).get(f"{path(booking)}/history"), 404, "booking_not_found")
