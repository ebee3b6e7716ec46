"""Booking a visit, and who sees it."""

import pytest
from sqlalchemy import text

from src.core.identity import Role
from src.teams.enums import TeamRole
from tests.appointments.support import book, free_starts, receive, set_status, visit
from tests.factories.world import NEW_YORK, created, ok, problem


async def test_a_request_has_its_time_until_the_studio_answers(world):
    studio, customer, rival = await world.studio(), await world.person(), await world.person()
    await receive(studio)
    booked = await created(customer.post("/appointments", visit(studio) | {"note": "Five of us"}))
    assert booked["status"] == "requested"
    assert (booked["note"], booked["version"], booked["customer_id"]) == ("Five of us", 1, customer.id)
    assert booked["address_name"] == "Berwick Street"
    assert booked["starts_at"][:16] == visit(studio)["starts_at"][:16]
    problem(await rival.post("/appointments", visit(studio)), 409, "slot_taken")
    await book(studio, rival, minute=30)


async def test_a_studio_may_want_to_confirm_at_once(world):
    studio, customer = await world.studio(), await world.person()
    await receive(studio, is_confirmed_at_once=True)
    assert (await book(studio, customer))["status"] == "confirmed"


async def test_a_desk_has_one_visitor_at_a_time_its_buffer_included(world):
    studio, customer, rival = await world.studio(), await world.person(), await world.person()
    await receive(studio, buffer_minutes=30)
    await book(studio, customer)
    day = visit(studio)["starts_at"][:10]
    assert await free_starts(rival, studio, day) == ["10:00", "11:00", "13:00", "14:00", "15:00"]
    await receive(studio, buffer_minutes=0)
    assert "12:30" not in await free_starts(rival, studio, day), "what was agreed keeps its buffer"
    problem(await rival.post("/appointments", visit(studio, minute=30)), 409, "slot_taken")


async def test_a_visit_takes_no_room(world):
    studio, customer = await world.studio(), await world.person()
    await receive(studio)
    await book(studio, customer)
    booking = await world.held_booking(studio, customer)
    assert booking["status"] == "pending"


async def test_times_without_an_offset_are_the_studios(world):
    studio, customer = await world.studio(city_id=NEW_YORK), await world.person()
    await receive(studio)
    booked = await book(studio, customer)
    assert booked["timezone"] == "America/New_York"
    assert booked["starts_at"][11:] in {"12:00:00-05:00", "12:00:00-04:00"}
    again = {"address_id": studio.address["id"], "starts_at": booked["starts_at"]}
    problem(await customer.post("/appointments", again), 409, "slot_taken")


@pytest.mark.parametrize(
    ("when", "reason"),
    [
        ({"days_ahead": -1}, "past"),
        ({"days_ahead": 5}, "notice"),
        ({"days_ahead": 62}, "horizon"),
        ({"hour": 9}, "closed"),
        ({"minute": 10}, "closed"),
    ],
)
async def test_what_is_no_visiting_time_is_refused(world, when, reason):
    studio, customer = await world.studio(), await world.person()
    await receive(studio, notice_minutes=7 * 24 * 60)
    refused = await customer.post("/appointments", visit(studio, **when))
    assert problem(refused, 422, "not_a_visiting_time")["reason"] == reason


async def test_a_local_time_that_there_is_not_is_refused(world):
    studio, customer = await world.studio(), await world.person()
    await receive(studio)
    body = {"address_id": studio.address["id"], "starts_at": "2027-03-28T01:30:00"}
    problem(await customer.post("/appointments", body), 422, "local_time_skipped")


async def test_one_has_only_so_many_visits_of_a_studio_before_one(world):
    studio, other_studio, customer = await world.studio(), await world.studio(), await world.person()
    await receive(studio)
    await receive(other_studio)
    first = await book(studio, customer, hour=10)
    await book(studio, customer, hour=11)
    problem(await customer.post("/appointments", visit(studio)), 409, "too_many_visits")
    await book(other_studio, customer)
    assert (await customer.delete(f"/appointments/{first['id']}")).status_code == 204
    await book(studio, customer)


async def test_requests_are_limited(world, app):
    studio, customer = await world.studio(), await world.person()
    limited = world.settings.model_copy(update={"visit_limit_per_user": "1/day"})
    app.state.settings = limited
    try:
        problem(await customer.post("/appointments", visit(studio)), 409, "visits_not_offered")
        refused = await customer.post("/appointments", visit(studio))
    finally:
        app.state.settings = world.settings
    problem(refused, 429, "too_many_requests")


async def test_a_repeated_request_books_once(world):
    studio, customer = await world.studio(), await world.person()
    await receive(studio)
    headers = {"Idempotency-Key": "one-visit"}
    answers = [await customer.post("/appointments", visit(studio), headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()


async def test_unknown_and_closed_studios_receive_nobody(world, session):
    studio, customer = await world.studio(), await world.person()
    await receive(studio)
    unknown = visit(studio) | {"address_id": 999_999_999}
    problem(await customer.post("/appointments", unknown), 404, "address_not_found")
    await session.execute(
        text("UPDATE companies SET deactivated_at = now() WHERE id = :id"), {"id": studio.company["id"]}
    )
    problem(await customer.post("/appointments", visit(studio)), 409, "company_closed")


async def test_ones_own_visits_the_latest_first(world):
    studio, customer, other = await world.studio(), await world.person(), await world.person()
    await receive(studio)
    late, early = await book(studio, customer, hour=15), await book(studio, customer, hour=10)
    await book(studio, other)
    mine = await ok(customer.get("/appointments"))
    assert (mine["items"], mine["total"]) == ([late, early], 2)
    second = await ok(customer.get("/appointments", params={"page": 2, "size": 1}))
    assert second["items"] == [early]


async def test_visits_of_a_customer(world):
    studio, customer = await world.studio(), await world.person()
    await receive(studio)
    booked = await book(studio, customer)
    path = f"/appointments/customer/{customer.id}"
    assert (await ok(customer.get(path)))["items"] == [booked]
    assert (await ok((await world.person(role=Role.ADMIN)).get(path)))["items"] == [booked]
    problem(await studio.owner.get(path), 403, "admin_only")


async def test_the_studio_sees_who_comes(world):
    studio, customer, other = await world.studio(), await world.person(), await world.person()
    await receive(studio)
    await ok(customer.patch("/users/me", {"phone": "+442079460123"}))
    first = await book(studio, customer, days_ahead=20)
    second = await book(studio, other, days_ahead=21, hour=10)
    path = f"/addresses/{studio.address['id']}/appointments"
    listed = await ok(studio.owner.get(path))
    assert [item["id"] for item in listed["items"]] == [second["id"], first["id"]]
    person = listed["items"][1]
    assert first.items() <= person.items()
    assert person["customer_email"] == customer.email
    assert person["customer_phone"] == "+442079460123"
    day = first["starts_at"][:10]
    next_day = second["starts_at"][:10]
    of_day = await ok(studio.owner.get(path, params={"from": day, "to": next_day}))
    assert [item["id"] for item in of_day["items"]] == [first["id"]]
    assert (await ok(studio.owner.get(path, params={"from": next_day})))["total"] == 1
    await set_status(studio.owner, first, "confirmed")
    confirmed = await ok(studio.owner.get(path, params={"status": "confirmed"}))
    assert [item["id"] for item in confirmed["items"]] == [first["id"]]
    problem(await studio.owner.get(path, params={"statuss": "confirmed"}), 422, "validation_failed")


async def test_members_see_the_visits_of_their_studios(world):
    studio, customer = await world.studio(), await world.person()
    elsewhere = await world.studio()
    await receive(studio)
    booked = await book(studio, customer)
    here, _ = await world.member(studio, TeamRole.STAFF, address_ids=[studio.address["id"]])
    there, _ = await world.member(studio, TeamRole.STAFF, address_ids=[elsewhere.address["id"]])
    professional, _ = await world.member(studio, TeamRole.PROFESSIONAL)
    one, listed = f"/appointments/{booked['id']}", f"/addresses/{studio.address['id']}/appointments"
    assert await ok(here.get(one)) == booked
    assert (await ok(here.get(listed)))["total"] == 1
    for person in (there, professional, await world.person()):
        problem(await person.get(one), 404, "appointment_not_found")
        problem(await person.get(f"{one}/history"), 404, "appointment_not_found")
        problem(await person.get(listed), 403, "permission_missing")
