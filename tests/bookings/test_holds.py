"""A hold ends on time, whether or not anybody sweeps."""

import pytest
from sqlalchemy import text

from tests.factories.world import created, ok, problem, wish


@pytest.fixture
async def studio(world):
    return await world.studio()


@pytest.fixture
async def customer(world):
    return await world.person()


@pytest.fixture
async def ended(world, studio, customer):
    """A hold that has ended, not swept."""
    booking = await world.held_booking(studio, customer)
    await world.let_hold_end(booking)
    return booking


async def stored(session, booking):
    query = text("SELECT status FROM bookings WHERE id = :id")
    return await session.scalar(query, {"id": booking["id"]})


async def moves(session, booking):
    query = text(
        "SELECT from_status, to_status, actor, actor_id, reason FROM booking_moves"
        " WHERE booking_id = :id ORDER BY id"
    )
    return [tuple(row) for row in await session.execute(query, {"id": booking["id"]})]


async def test_an_ended_hold_shows_as_expired_at_once(session, customer, ended):
    shown = await ok(customer.get(f"/bookings/{ended['id']}"))
    assert shown["status"] == "expired"
    assert shown["expires_at"] is None
    assert (await ok(customer.get("/bookings")))["items"] == [shown]
    assert await stored(session, ended) == "pending"


async def test_its_time_can_be_booked_without_a_sweep(world, studio, ended):
    other = await world.person()
    taken = await created(other.post("/bookings", wish(studio)))
    assert taken["id"] != ended["id"]
    problem(await other.post("/bookings", wish(studio)), 409, "slot_taken")


async def test_a_live_hold_is_not_swept(world, session, worker, studio, customer):
    booking = await world.held_booking(studio, customer)
    assert await worker.expire_holds() == 0
    assert (await ok(customer.get(f"/bookings/{booking['id']}")))["status"] == "pending"


async def test_the_sweep_writes_the_move_down_and_mails(session, worker, studio, customer, ended):
    assert await worker.expire_holds() == 1
    assert await stored(session, ended) == "expired"
    assert await moves(session, ended) == [
        (None, "pending", "customer", customer.id, ""),
        ("pending", "expired", "system", None, "not paid in time"),
    ]
    await worker.run()
    assert worker.mailbox.subjects(customer.email) == [f"Your hold {ended['reference']} has ended"]
    assert worker.mailbox.to(studio.owner.email) == []
    assert (await ok(customer.get(f"/bookings/{ended['id']}")))["status"] == "expired"


async def test_a_second_sweep_finds_nothing_to_do(session, worker, customer, ended):
    await worker.expire_holds()
    assert await worker.expire_holds() == 0
    await worker.run()
    assert len(worker.mailbox.to(customer.email)) == 1
    assert len(await moves(session, ended)) == 2


async def test_the_sweep_leaves_the_next_persons_hold_alone(world, worker, studio, ended):
    other = await world.person()
    taken = await created(other.post("/bookings", wish(studio)))
    assert await worker.expire_holds() == 1
    assert (await ok(other.get(f"/bookings/{taken['id']}")))["status"] == "pending"
    problem(await other.post("/bookings", wish(studio)), 409, "slot_taken")


async def test_a_paid_booking_never_expires(world, session, worker, studio, customer):
    booking = await world.paid_booking(studio, customer)
    await session.execute(text("UPDATE bookings SET expires_at = now() - interval '1 day'"))
    assert await worker.expire_holds() == 0
    assert (await ok(customer.get(f"/bookings/{booking['id']}")))["status"] == "confirmed"
    assert await session.scalar(text("SELECT count(*) FROM occupancies WHERE expires_at IS NULL")) == 1


async def test_an_ended_hold_can_neither_be_paid_nor_cancelled(customer, ended):
    path = f"/bookings/{ended['id']}"
    problem(await customer.post(f"{path}/checkout", {"gateway": "sandbox"}), 409, "illegal_move")
    answer = problem(await customer.post(f"{path}/cancel"), 409, "illegal_move")
    assert answer["status_now"] == "expired"
    problem(await customer.get(f"{path}/cancellation"), 409, "illegal_move")
