"""What becomes of a visit: who may say so, when, and what is written down."""

from datetime import timedelta
from itertools import product

import pytest
from sqlalchemy import text

from src import invariants
from src.appointments.enums import AppointmentStatus
from src.appointments.exceptions import IllegalAppointmentMoveError
from src.appointments.lifecycle import LEGAL_MOVES, check_move
from src.bookings.enums import Actor
from src.teams.enums import TeamRole
from tests.appointments.support import book, free_starts, history_of, let_it_begin, receive, set_status, visit
from tests.factories.world import created, ok, problem

REQUESTED, CONFIRMED, COMPLETED = (
    AppointmentStatus.REQUESTED,
    AppointmentStatus.CONFIRMED,
    AppointmentStatus.COMPLETED,
)
NO_SHOW, CANCELLED, DECLINED = (
    AppointmentStatus.NO_SHOW,
    AppointmentStatus.CANCELLED,
    AppointmentStatus.DECLINED,
)

LEGAL = {
    (REQUESTED, CONFIRMED, Actor.OWNER),
    (REQUESTED, DECLINED, Actor.OWNER),
    (REQUESTED, DECLINED, Actor.SYSTEM),
    (REQUESTED, CANCELLED, Actor.CUSTOMER),
    (REQUESTED, CANCELLED, Actor.OWNER),
    (CONFIRMED, CANCELLED, Actor.CUSTOMER),
    (CONFIRMED, CANCELLED, Actor.OWNER),
    (CONFIRMED, COMPLETED, Actor.OWNER),
    (CONFIRMED, COMPLETED, Actor.SYSTEM),
    (CONFIRMED, NO_SHOW, Actor.OWNER),
    (COMPLETED, NO_SHOW, Actor.OWNER),
}


@pytest.mark.parametrize("move", list(product(AppointmentStatus, AppointmentStatus, Actor)), ids="-".join)
def test_a_move_is_legal_exactly_when_the_table_names_it(move):
    current, wanted, actor = move
    if move in LEGAL:
        check_move(current, wanted, actor)
    else:
        with pytest.raises(IllegalAppointmentMoveError) as refused:
            check_move(current, wanted, actor)
        assert refused.value.members == {"status_now": current}


@pytest.mark.parametrize("end", [NO_SHOW, CANCELLED, DECLINED])
def test_an_end_is_an_end(end):
    assert not any(current is end for current, _ in LEGAL_MOVES)


async def a_visit(world, **terms):
    studio, customer = await world.studio(), await world.person()
    await receive(studio, **terms)
    return studio, customer, await book(studio, customer)


async def test_the_studio_says_yes_and_every_move_is_written_down(world):
    studio, customer, booked = await a_visit(world)
    confirmed = await ok(set_status(studio.owner, booked, "confirmed", reason="Ring twice", version=1))
    assert (confirmed["status"], confirmed["version"]) == ("confirmed", 2)
    assert await ok(customer.get(f"/appointments/{booked['id']}")) == confirmed
    history = await history_of(customer, booked)
    assert [(move["from_status"], move["to_status"], move["actor"], move["reason"]) for move in history] == [
        (None, "requested", "customer", ""),
        ("requested", "confirmed", "owner", "Ring twice"),
    ]
    trail = await ok(studio.owner.get(f"/companies/{studio.company['id']}/audit"))
    entry = next(entry for entry in trail["items"] if entry["action"] == "appointment.confirmed")
    assert entry["subject_id"] == booked["id"]
    assert entry["changes"]["status"] == {"before": "requested", "after": "confirmed"}


@pytest.mark.parametrize("answer", ["declined", "cancelled"])
async def test_what_is_off_gives_its_time_back_at_once(world, answer):
    studio, _, booked = await a_visit(world)
    rival = await world.person()
    await ok(set_status(studio.owner, booked, answer))
    await book(studio, rival)
    for wanted in ("confirmed", "cancelled"):
        refused = await set_status(studio.owner, booked, wanted)
        assert problem(refused, 409, "illegal_move")["status_now"] == answer


async def test_only_the_studio_answers(world):
    studio, customer, booked = await a_visit(world)
    for status in ("confirmed", "declined", "completed", "no_show"):
        problem(await set_status(customer, booked, status), 403, "permission_missing")
        stranger = await world.person()
        problem(await set_status(stranger, booked, status), 404, "appointment_not_found")
    owners_own = await book(studio, studio.owner, hour=14)
    assert (await ok(set_status(studio.owner, owners_own, "confirmed")))["status"] == "confirmed"
    staff, _ = await world.member(studio, TeamRole.STAFF, address_ids=[studio.address["id"]])
    assert (await ok(set_status(staff, booked, "confirmed")))["status"] == "confirmed"


async def test_nobody_makes_a_request_by_hand(world):
    studio, _, booked = await a_visit(world)
    problem(await set_status(studio.owner, booked, "requested"), 409, "illegal_move")


async def test_the_customer_cancels_by_either_way(world):
    studio, customer, booked = await a_visit(world)
    assert (await customer.delete(f"/appointments/{booked['id']}")).status_code == 204
    assert (await ok(customer.get(f"/appointments/{booked['id']}")))["status"] == "cancelled"
    problem(await customer.delete(f"/appointments/{booked['id']}"), 409, "illegal_move")
    again = await book(studio, customer)
    cancelled = await ok(set_status(customer, again, "cancelled", reason="ill"))
    assert cancelled["status"] == "cancelled"
    stranger = await world.person()
    problem(await stranger.delete(f"/appointments/{again['id']}"), 404, "appointment_not_found")


async def test_a_decision_about_another_version_is_refused(world):
    studio, customer, booked = await a_visit(world)
    later = {"starts_at": visit(studio, hour=14)["starts_at"]}
    await ok(customer.patch(f"/appointments/{booked['id']}/reschedule", later))
    refused = await set_status(studio.owner, booked, "confirmed", version=1)
    assert problem(refused, 409, "appointment_changed")["version_now"] == 2


async def test_what_has_not_begun_did_not_take_place(world):
    studio, _, booked = await a_visit(world, is_confirmed_at_once=True)
    for status in ("completed", "no_show"):
        refused = await set_status(studio.owner, booked, status)
        assert problem(refused, 409, "too_early")["not_before"]


async def test_what_has_begun_is_neither_answered_nor_cancelled(world, database):
    studio, customer, booked = await a_visit(world, is_confirmed_at_once=True)
    await let_it_begin(database, booked)
    problem(await customer.delete(f"/appointments/{booked['id']}"), 409, "too_late")
    assert (await ok(set_status(studio.owner, booked, "completed")))["status"] == "completed"
    asked = await created((await world.person()).post("/appointments", visit(studio, hour=15)))
    await database_says_requested(database, asked)
    await let_it_begin(database, asked, ago=timedelta(hours=2))
    for answer in ("confirmed", "declined"):
        problem(await set_status(studio.owner, asked, answer), 409, "too_late")


async def database_says_requested(database, appointment):
    async with database.transaction() as session:
        await session.execute(
            text("UPDATE appointments SET status = 'requested', remind_at = NULL WHERE id = :id"), appointment
        )


async def test_a_visit_that_is_over_completes_itself_and_may_still_have_been_a_no_show(
    world, worker, database
):
    studio, customer, booked = await a_visit(world, is_confirmed_at_once=True)
    coming = await book(studio, customer, hour=14)
    assert await worker.settle_past_appointments() == 0
    await let_it_begin(database, booked, ago=timedelta(minutes=29))
    assert await worker.settle_past_appointments() == 0, "it goes on for another minute"
    await let_it_begin(database, booked, ago=timedelta(minutes=31))
    assert await worker.settle_past_appointments() == 1
    assert await worker.settle_past_appointments() == 0
    assert (await ok(customer.get(f"/appointments/{booked['id']}")))["status"] == "completed"
    assert (await ok(customer.get(f"/appointments/{coming['id']}")))["status"] == "confirmed"
    assert (await ok(set_status(studio.owner, booked, "no_show")))["status"] == "no_show"
    history = await history_of(studio.owner, booked)
    assert [move["actor"] for move in history] == ["customer", "system", "owner"]


async def test_a_no_show_can_be_said_for_a_week(world, worker, database):
    studio, _, booked = await a_visit(world, is_confirmed_at_once=True)
    await let_it_begin(database, booked, ago=timedelta(days=7, minutes=1))
    problem(await set_status(studio.owner, booked, "no_show"), 409, "too_late")
    assert (await ok(set_status(studio.owner, booked, "completed")))["status"] == "completed"


async def test_a_request_that_nobody_answers_in_time_is_declined(world, worker, database, session):
    _, customer, booked = await a_visit(world)
    await let_it_begin(database, booked)
    assert await worker.settle_past_appointments() == 1
    history = await history_of(customer, booked)
    assert (history[-1]["to_status"], history[-1]["actor"]) == ("declined", "system")
    await worker.run()
    assert any("can't receive you" in subject for subject in worker.mailbox.subjects(customer.email))
    assert await invariants.check(session) == {}


async def test_the_invariants_see_a_visit_without_its_time_and_time_without_a_visit(world, session):
    studio, customer, booked = await a_visit(world)
    await session.execute(text("DELETE FROM occupancies WHERE kind = 'tour'"))
    assert list(await invariants.check(session)) == ["a visit that is open has the time of the desk"]
    other = await book(studio, customer, hour=14)
    await session.execute(text("UPDATE appointments SET status = 'cancelled'"))
    assert list(await invariants.check(session)) == ["a visit that is off takes no time"]
    assert "14:00" not in await free_starts(customer, studio, other["starts_at"][:10])
    assert booked["id"] != other["id"]
