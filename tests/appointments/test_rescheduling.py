"""Another time for a visit: the old one is kept until the new one is won."""

import pytest

from src.appointments.enums import AppointmentStatus
from src.appointments.lifecycle import LEGAL_RESCHEDULES
from tests.appointments.support import (
    DAILY,
    book,
    free_starts,
    history_of,
    let_it_begin,
    receive,
    reschedule,
    set_status,
    visit,
)
from tests.factories.world import ok, problem


async def a_confirmed_visit(world, **terms):
    studio, customer = await world.studio(), await world.person()
    await receive(studio, **terms)
    booked = await book(studio, customer)
    if booked["status"] == "requested":
        booked = await ok(set_status(studio.owner, booked, "confirmed"))
    return studio, customer, booked


@pytest.mark.parametrize(("at_once", "status"), [(False, "requested"), (True, "confirmed")])
async def test_the_customer_moves_it_and_the_studio_may_have_to_say_yes_again(world, at_once, status):
    studio, customer, booked = await a_confirmed_visit(world, is_confirmed_at_once=at_once)
    to = visit(studio, hour=14)
    moved = await ok(reschedule(customer, booked, to, reason="train", version=booked["version"]))
    assert (moved["status"], moved["version"]) == (status, booked["version"] + 1)
    assert moved["starts_at"][:16] == to["starts_at"][:16]
    free = await free_starts(customer, studio, to["starts_at"][:10])
    assert "12:00" in free
    assert "14:00" not in free
    history = await history_of(studio.owner, booked)
    assert history[-1]["from_status"] == "confirmed"
    assert history[-1]["to_status"] == status
    assert set(history[-1]["changes"]) == {"starts_at"}


async def test_the_old_time_is_kept_when_the_new_one_is_taken(world):
    studio, customer, booked = await a_confirmed_visit(world)
    rival = await world.person()
    await book(studio, rival, hour=14)
    problem(await reschedule(customer, booked, visit(studio, hour=14)), 409, "slot_taken")
    assert await ok(customer.get(f"/appointments/{booked['id']}")) == booked
    problem(await rival.post("/appointments", visit(studio)), 409, "slot_taken")
    problem(await reschedule(studio.owner, booked, visit(studio, hour=14)), 409, "slot_taken")
    assert await ok(customer.get(f"/appointments/{booked['id']}")) == booked


async def test_the_new_time_may_overlap_the_old_one(world):
    studio, customer, booked = await a_confirmed_visit(world, is_confirmed_at_once=True)
    await receive(studio, visit_minutes=60, is_confirmed_at_once=True, hours=[
        {**day, "opens": "10:15"} for day in DAILY])  # fmt: skip
    moved = await ok(reschedule(customer, booked, visit(studio, hour=12, minute=15)))
    assert moved["ends_at"][11:16] == "13:15", "as long as visits are by now"


@pytest.mark.parametrize(
    ("when", "reason"),
    [({"hour": 9}, "closed"), ({"days_ahead": 62}, "horizon"), ({"days_ahead": -1}, "past")],
)
async def test_the_customer_keeps_to_the_visiting_times(world, when, reason):
    studio, customer, booked = await a_confirmed_visit(world)
    refused = await reschedule(customer, booked, visit(studio, **when))
    assert problem(refused, 422, "not_a_visiting_time")["reason"] == reason


async def test_the_studio_moves_it_to_any_time_to_come_and_that_is_its_yes(world):
    studio, customer = await world.studio(), await world.person()
    await receive(studio)
    booked = await book(studio, customer)
    moved = await ok(reschedule(studio.owner, booked, visit(studio, days_ahead=90, hour=20, minute=10)))
    assert (moved["status"], moved["starts_at"][11:16]) == ("confirmed", "20:10")
    refused = await reschedule(studio.owner, booked, visit(studio, days_ahead=-1))
    assert problem(refused, 422, "not_a_visiting_time")["reason"] == "past"
    trail = await ok(studio.owner.get(f"/companies/{studio.company['id']}/audit"))
    entry = next(entry for entry in trail["items"] if entry["action"] == "appointment.moved")
    assert set(entry["changes"]) == {"starts_at"}


async def test_when_no_more_visits_are_offered_only_the_studio_moves_those_that_there_are(world):
    studio, customer, booked = await a_confirmed_visit(world)
    await receive(studio, is_offered=False)
    problem(await reschedule(customer, booked, visit(studio, hour=14)), 409, "visits_not_offered")
    await ok(reschedule(studio.owner, booked, visit(studio, hour=14)))


async def test_others_move_nothing(world):
    studio, _, booked = await a_confirmed_visit(world)
    stranger = await world.person()
    problem(await reschedule(stranger, booked, visit(studio, hour=14)), 404, "appointment_not_found")


async def test_what_is_off_or_has_begun_gets_no_other_time(world, database):
    studio, customer, booked = await a_confirmed_visit(world, is_confirmed_at_once=True)
    later = visit(studio, hour=14)
    other = await book(studio, customer, hour=15)
    await let_it_begin(database, booked)
    problem(await reschedule(customer, booked, later), 409, "too_late")
    problem(await reschedule(studio.owner, booked, later), 409, "too_late")
    await ok(set_status(customer, other, "cancelled"))
    for person in (customer, studio.owner):
        problem(await reschedule(person, other, later), 409, "illegal_move")


def test_only_what_is_open_gets_another_time():
    open_ones = {AppointmentStatus.REQUESTED, AppointmentStatus.CONFIRMED}
    assert {status for move in LEGAL_RESCHEDULES for status in move} == open_ones


async def test_a_move_to_another_version_is_refused(world):
    studio, customer, booked = await a_confirmed_visit(world)
    refused = await reschedule(customer, booked, visit(studio, hour=14), version=1)
    assert problem(refused, 409, "appointment_changed")["version_now"] == 2
