"""Bookings that staff makes at the desk."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from src import invariants
from src.bookings.walk_ins.forgetting import forget_guests
from src.core.clock import utc_now
from src.teams.enums import TeamRole
from tests.bookings.test_add_ons import engineer, rent_out
from tests.factories.world import created, ok, problem, wish

KIM = {"name": "Kim Okafor", "email": "kim@example.com", "phone": "+442079460123"}


@pytest.fixture
async def studio(world):
    return await world.studio()


@pytest.fixture
async def staff(world, studio):
    return (await world.member(studio, TeamRole.STAFF))[0]


async def test_a_guest_needs_no_account(world, session, worker, studio, staff):
    booking = await created(staff.post("/bookings/walk-in", wish(studio) | {"guest": KIM}))
    assert (booking["status"], booking["customer_id"], booking["guest"]) == ("confirmed", None, KIM)
    assert (booking["paid"]["amount"], booking["total"]["amount"]) == (0, 10000)
    problem(await (await world.person()).post("/bookings", wish(studio)), 409, "slot_taken")
    await worker.run()
    assert worker.mailbox.subjects("kim@example.com")[0].startswith("Your booking")
    assert worker.mailbox.to(studio.owner.email) == []
    assert await invariants.check(session) == {}
    history = (await staff.get(f"/bookings/{booking['id']}/history")).json()
    assert [(move["to_status"], move["actor"]) for move in history] == [("confirmed", "owner")]
    manager, _ = await world.member(studio, TeamRole.MANAGER)
    cancelled = await ok(manager.post(f"/bookings/{booking['id']}/cancel"))
    assert cancelled["refund"]["amount"] == 0


async def test_staff_may_book_what_has_begun_and_outside_opening_hours(studio, staff):
    hour = utc_now().replace(minute=0, second=0, microsecond=0)
    body = {"room_id": studio.room_id, "guest": {"name": "Kim"}}
    span = {"starts_at": hour.isoformat(), "ends_at": (hour + timedelta(hours=2)).isoformat()}
    await created(staff.post("/bookings/walk-in", body | span))
    over = {"starts_at": (hour - timedelta(days=1)).isoformat(), "ends_at": hour.isoformat()}
    problem(await staff.post("/bookings/walk-in", body | over), 422, "in_the_past")


async def test_an_earlier_customer_but_no_stranger(world, studio, staff):
    customer, stranger = await world.person(), await world.person()
    await world.held_booking(studio, customer)
    body = wish(studio, hour=16)
    problem(
        await staff.post("/bookings/walk-in", body | {"customer_id": stranger.id}), 404, "customer_not_found"
    )
    booking = await created(staff.post("/bookings/walk-in", body | {"customer_id": customer.id}))
    assert (await ok(customer.get(f"/bookings/{booking['id']}")))["guest"] is None


async def test_one_of_the_two_and_nobody_else_books_so(world, studio, staff):
    body = wish(studio)
    for who in ({}, {"guest": KIM, "customer_id": 1}, {"guest": KIM | {"phone": "no"}}):
        problem(await staff.post("/bookings/walk-in", body | who), 422, "validation_failed")
    stranger = await world.person()
    problem(await stranger.post("/bookings/walk-in", body | {"guest": KIM}), 403, "permission_missing")


async def test_a_guest_is_moved_and_swapped_at_once(world, studio, staff):
    one = await created(staff.post("/bookings/walk-in", wish(studio) | {"guest": KIM}))
    other = await created(staff.post("/bookings/walk-in", wish(studio, hour=15) | {"guest": KIM}))
    body = wish(studio, hour=13)
    moved = await ok(
        staff.post(
            f"/bookings/{one['id']}/reschedule",
            {"starts_at": body["starts_at"], "ends_at": body["ends_at"]},
        )
    )
    assert moved["proposal"] is None
    both = {"booking_id": one["id"], "other_booking_id": other["id"]}
    assert (await ok(staff.post("/bookings/swap", both))) == {"is_done": True, "proposals": []}
    assert (await ok(staff.get(f"/bookings/{one['id']}")))["starts_at"] == other["starts_at"]


async def test_what_comes_with_the_room_is_had_or_nothing(world, session, studio, staff):
    mic, (_, named) = await rent_out(studio), await engineer(world, studio)
    extras = {"equipment_ids": [mic], "professional": named}
    booking = await created(staff.post("/bookings/walk-in", wish(studio) | {"guest": KIM} | extras))
    assert [(item["kind"], item["amount"]) for item in booking["items"]] == [
        ("room", 10_000), ("equipment", 1000), ("service", 8000)]  # fmt: skip
    second = await world.room(studio)
    answer = await staff.post("/bookings/walk-in", wish(second) | {"guest": KIM} | extras)
    assert len(problem(answer, 409, "add_on_taken")["add_ons"]) == 2
    await created(staff.post("/bookings/walk-in", wish(second) | {"guest": KIM}))
    night = wish(second, hour=23) | {"guest": KIM, "professional": named}
    problem(await staff.post("/bookings/walk-in", night), 422, "professional_not_working")
    assert await invariants.check(session) == {}


async def test_a_guest_is_forgotten_some_months_after_the_end(world, session, worker, studio, staff):
    old = await created(staff.post("/bookings/walk-in", wish(studio) | {"guest": KIM}))
    recent = await created(staff.post("/bookings/walk-in", wish(studio, hour=15) | {"guest": KIM}))
    of_account = await world.paid_booking(studio, await world.person(), hour=18)
    await worker.run()
    for booking, days in ((old, 190), (recent, 170), (of_account, 200)):
        await world.let_it_end(booking, ago=timedelta(days=days))
    old = await ok(staff.get(f"/bookings/{old['id']}"))
    agreement = (await staff.post(f"/bookings/{old['id']}/generate-agreement")).json()
    mail_of_old = {"key": f"%:{old['id']}:guest%"}
    await session.execute(
        text("UPDATE mails SET created_at = now() - interval '200 days' WHERE key LIKE :key"), mail_of_old
    )
    assert await forget_guests(session, months=6) == 1
    assert await forget_guests(session, months=6) == 0
    assert await ok(staff.get(f"/bookings/{old['id']}")) == old | {"guest": None}
    assert (await ok(staff.get(f"/bookings/{recent['id']}")))["guest"] == KIM
    listed = await ok(staff.get(f"/companies/{studio.company['id']}/bookings", params={"customer": "Okafor"}))
    assert [one["id"] for one in listed["items"]] == [recent["id"]]
    left = await session.scalars(text("SELECT key FROM mails WHERE recipient = 'kim@example.com'"))
    assert [f":{recent['id']}:" in key for key in left] == [True]
    again = await ok(staff.post(f"/bookings/{old['id']}/generate-agreement"))
    assert again["version"] == agreement["version"], "what was agreed with them is kept as it was"
