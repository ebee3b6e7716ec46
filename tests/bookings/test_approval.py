"""Rooms let on request: the owner answers, in time or not, while the time is held."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from src import invariants
from src.core.clock import utc_now
from src.teams.enums import TeamRole
from tests.factories.world import ALWAYS_OPEN, created, ok, problem, wish


@pytest.fixture
async def studio(world):
    return await world.studio(booking_mode="on_request")


@pytest.fixture
async def customer(world):
    return await world.person()


@pytest.fixture
async def request_(world, studio, customer):
    return await world.held_booking(studio, customer)


@pytest.fixture(autouse=True)
async def nothing_is_broken(session):
    yield
    broken = await invariants.check(session)
    broken.pop("no hold is pending for more than a minute after it has expired", None)
    assert broken == {}


def left(booking):
    return datetime.fromisoformat(booking["expires_at"]) - datetime.now().astimezone()


def path(booking):
    return f"/bookings/{booking['id']}"


async def test_a_request_holds_the_time_for_a_day_and_the_owner_is_told(
    world, worker, studio, customer, request_
):
    assert request_["status"] == "awaiting_approval"
    assert timedelta(hours=23, minutes=59) < left(request_) <= timedelta(hours=24)
    assert await ok(customer.get(path(request_))) == request_
    problem(await (await world.person()).post("/bookings", wish(studio)), 409, "slot_taken")
    problem(await customer.post(f"{path(request_)}/checkout", {"gateway": "sandbox"}), 409, "illegal_move")
    await worker.run()
    (subject,) = worker.mailbox.subjects(studio.owner.email)
    assert "asks for Live Room A" in subject
    assert worker.mailbox.to(customer.email) == []


async def test_a_request_never_outlasts_its_start(world, customer):
    studio = await world.studio(hours=ALWAYS_OPEN, booking_mode="on_request")
    hour = (utc_now() + timedelta(hours=3)).replace(minute=0, second=0, microsecond=0)
    soon = {"starts_at": hour.isoformat(), "ends_at": (hour + timedelta(hours=1)).isoformat()}
    booking = await created(customer.post("/bookings", {"room_id": studio.room_id, **soon}))
    assert abs(datetime.fromisoformat(booking["expires_at"]) - hour) < timedelta(seconds=1)
    approved = await ok(studio.owner.post(f"{path(booking)}/approve"))
    assert datetime.fromisoformat(approved["expires_at"]) == hour


async def test_approved_it_waits_a_day_for_its_payment_and_is_confirmed_by_it(
    world, session, worker, studio, customer, request_
):
    approved = await ok(studio.owner.post(f"{path(request_)}/approve", {"reason": "See you", "version": 1}))
    assert (approved["status"], approved["version"]) == ("pending", 2)
    assert timedelta(hours=23, minutes=59) < left(approved) <= timedelta(hours=24)
    await worker.run()
    (subject,) = worker.mailbox.subjects(customer.email)
    assert subject.startswith("Approved: Live Room A")
    await world.pay(customer, approved)
    assert (await ok(customer.get(path(request_))))["status"] == "confirmed"
    history = (await customer.get(f"{path(request_)}/history")).json()
    assert [(move["from_status"], move["to_status"], move["actor"], move["reason"]) for move in history] == [
        (None, "awaiting_approval", "customer", ""),
        ("awaiting_approval", "pending", "owner", "See you"),
        ("pending", "confirmed", "system", "paid"),
    ]
    audited = text("SELECT changes FROM audit_entries WHERE action = 'booking.approved'")
    assert await session.scalar(audited) == {"status": ["awaiting_approval", "pending"]}


async def test_declined_its_time_is_free_at_once(world, worker, studio, customer, request_):
    declined = await ok(studio.owner.post(f"{path(request_)}/decline", {"reason": "Works"}))
    assert (declined["status"], declined["expires_at"]) == ("declined", None)
    await created((await world.person()).post("/bookings", wish(studio)))
    await worker.run()
    assert worker.mailbox.subjects(customer.email) == [
        f"Berwick Street can't take your booking {request_['reference']}"
    ]
    answer = problem(await studio.owner.post(f"{path(request_)}/approve"), 409, "illegal_move")
    assert answer["status_now"] == "declined"


async def test_withdrawn_it_can_t_be_approved(studio, customer, request_):
    assert (await ok(customer.post(f"{path(request_)}/cancel")))["status"] == "cancelled"
    problem(await studio.owner.post(f"{path(request_)}/approve"), 409, "illegal_move")


async def test_unanswered_it_counts_as_expired_from_that_second(world, worker, studio, customer, request_):
    await world.let_hold_end(request_)
    assert (await ok(customer.get(path(request_))))["status"] == "expired"
    answer = problem(await studio.owner.post(f"{path(request_)}/approve"), 409, "illegal_move")
    assert answer["status_now"] == "expired"
    await created((await world.person()).post("/bookings", wish(studio)))
    assert await worker.expire_holds() == 1
    await worker.run()
    assert worker.mailbox.subjects(customer.email) == [f"No answer to your request {request_['reference']}"]


async def test_an_owner_who_saw_another_version_is_told(studio, customer, request_):
    moved = await ok(customer.post(f"{path(request_)}/reschedule", _later(studio)))
    assert moved["proposal"] is None
    assert moved["booking"]["status"] == "awaiting_approval"
    assert moved["booking"]["starts_at"] != request_["starts_at"]
    answer = problem(
        await studio.owner.post(f"{path(request_)}/approve", {"version": 1}), 409, "booking_changed"
    )
    assert answer["version_now"] == 2
    await ok(studio.owner.post(f"{path(request_)}/approve", {"version": 2}))


async def test_only_who_manages_bookings_answers(world, studio, customer, request_):
    manager, _ = await world.member(studio, TeamRole.STAFF)
    professional, _ = await world.member(studio, TeamRole.PROFESSIONAL)
    for move in ("approve", "decline", "complete", "no-show", "no-show/take-back"):
        problem(await customer.post(f"{path(request_)}/{move}"), 403, "permission_missing")
        problem(await professional.post(f"{path(request_)}/{move}"), 404, "booking_not_found")
    await ok(manager.post(f"{path(request_)}/approve"))


async def test_the_same_moves_have_names(studio, customer, request_):
    status = f"{path(request_)}/status"
    problem(await studio.owner.patch(status, {"status": "confirmed"}), 409, "illegal_move")
    problem(await studio.owner.patch(status, {"status": "completed"}), 409, "illegal_move")
    problem(await studio.owner.patch(status, {"status": "cancelled"}), 409, "illegal_move")
    assert (await ok(studio.owner.patch(status, {"status": "pending"})))["status"] == "pending"
    assert (await ok(studio.owner.patch(status, {"status": "cancelled"})))["status"] == "cancelled"


def _later(studio):
    body = wish(studio, hour=15)
    return {"starts_at": body["starts_at"], "ends_at": body["ends_at"]}
