"""Another time for a booking: never lost unless won, paid for or paid back, agreed by who has to."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from src import invariants
from tests.bookings.test_cancellation import pounds
from tests.factories.world import created, ok, problem, wish


@pytest.fixture
async def studio(world):
    return await world.studio()


@pytest.fixture
async def customer(world):
    return await world.person()


@pytest.fixture
async def booking(world, studio, customer):
    """From 12 to 14, 100.00, paid."""
    return await world.paid_booking(studio, customer)


@pytest.fixture(autouse=True)
async def nothing_is_broken(worker, session):
    yield
    await worker.run()
    assert await invariants.check(session) == {}


def path(booking, tail=""):
    return f"/bookings/{booking['id']}{tail}"


def at(studio, hour, hours=2):
    body = wish(studio, hour=hour, hours=hours)
    return {"starts_at": body["starts_at"], "ends_at": body["ends_at"]}


async def spans(session):
    """Hours that are taken on the day, whoever has them."""
    query = text(
        "SELECT extract(hour FROM starts_at)::int, extract(hour FROM ends_at)::int FROM occupancies"
        " WHERE expires_at IS NULL OR expires_at > clock_timestamp() ORDER BY 1"
    )
    return [tuple(row) for row in await session.execute(query)]


@pytest.mark.parametrize("hour", [16, 13, 11], ids=["elsewhere", "an hour later", "an hour earlier"])
async def test_a_customer_moves_it_at_once_for_the_same_price(
    world, session, worker, studio, customer, booking, hour
):
    moved = await ok(customer.post(path(booking, "/reschedule"), at(studio, hour) | {"reason": "Late train"}))
    assert moved["proposal"] is None
    assert moved["booking"]["starts_at"].startswith(at(studio, hour)["starts_at"])
    assert (moved["booking"]["status"], moved["booking"]["version"]) == ("confirmed", booking["version"] + 1)
    assert await spans(session) == [(hour, hour + 2)]
    history = (await customer.get(path(booking, "/history"))).json()
    assert (history[-1]["from_status"], history[-1]["to_status"]) == ("confirmed", "confirmed")
    assert (history[-1]["actor"], history[-1]["reason"]) == ("customer", "Late train")
    assert set(history[-1]["changes"]) == {"starts_at", "ends_at"}
    await worker.run()
    assert any(subject.startswith("Moved:") for subject in worker.mailbox.subjects(customer.email))
    assert any(subject.startswith("Moved:") for subject in worker.mailbox.subjects(studio.owner.email))


async def test_a_time_that_is_taken_leaves_the_old_one(world, session, studio, customer, booking):
    await world.paid_booking(studio, await world.person(), hour=16)
    problem(await customer.post(path(booking, "/reschedule"), at(studio, 15)), 409, "slot_taken")
    assert await spans(session) == [(12, 14), (16, 18)]
    assert await ok(customer.get(path(booking))) == booking


async def test_what_is_cheaper_pays_the_difference_back(world, worker, studio, customer, booking):
    moved = await ok(customer.post(path(booking, "/reschedule"), at(studio, 12, hours=1)))
    assert (moved["booking"]["total"], moved["booking"]["refund"]) == (pounds(5000), pounds(5000))
    await worker.run()
    refunds = (await ok(customer.get(path(booking, "/payments"))))["refunds"]
    assert [(refund["amount"], refund["reason"]) for refund in refunds] == [(pounds(5000), "rescheduled")]
    cancelled = await ok(customer.post(path(booking, "/cancel")))
    assert cancelled["refund"] == pounds(10000)
    await worker.run()
    refunds = (await ok(customer.get(path(booking, "/payments"))))["refunds"]
    assert [refund["amount"]["amount"] for refund in refunds] == [5000, 5000]


async def test_what_is_dearer_is_held_until_it_is_paid(world, session, worker, studio, customer, booking):
    asked = await ok(customer.post(path(booking, "/reschedule"), at(studio, 13, hours=3)))
    assert (asked["proposal"]["status"], asked["proposal"]["due"]) == ("waiting_for_payment", pounds(5000))
    assert asked["booking"]["starts_at"] == booking["starts_at"]
    assert await spans(session) == [(12, 14), (14, 16)]  # only what it doesn't have already
    problem(await customer.post(path(booking, "/reschedule"), at(studio, 18)), 409, "proposal_open")
    await world.pay(customer, booking)
    moved = await ok(customer.get(path(booking)))
    assert (moved["total"], moved["paid"]) == (pounds(15000), pounds(15000))
    assert await spans(session) == [(13, 16)]
    assert (await ok(customer.get(path(booking, "/reschedule"))))["proposal"] is None


async def test_never_paid_the_old_time_stays(world, session, worker, studio, customer, booking):
    await ok(customer.post(path(booking, "/reschedule"), at(studio, 16, hours=3)))
    checkout = await created(customer.post(path(booking, "/checkout"), {"gateway": "sandbox"}))
    await world.let_proposal_end(booking)
    assert (await ok(customer.get(path(booking, "/reschedule"))))["proposal"] is None
    problem(await customer.post(path(booking, "/checkout"), {"gateway": "sandbox"}), 409, "illegal_move")
    assert await spans(session) == [(12, 14)]
    assert (await world.client.post(f"{checkout['url']}/pay")).status_code == 303  # too late: it goes back
    assert await worker.expire_proposals() == 1
    await worker.run()
    after = await ok(customer.get(path(booking)))
    assert (after["starts_at"], after["paid"], after["refund"]) == (
        booking["starts_at"], pounds(10000), pounds(0),
    )  # fmt: skip
    assert any("stays as it is" in subject for subject in worker.mailbox.subjects(customer.email))


async def test_too_late_for_a_full_refund_is_too_late_to_move(world, studio, customer, booking):
    await world.let_it_begin(booking, ago=-timedelta(hours=71))
    problem(await customer.post(path(booking, "/reschedule"), at(studio, 18)), 409, "too_late")


async def test_the_owner_proposes_and_the_customer_decides(world, session, worker, studio, customer, booking):
    asked = await ok(studio.owner.post(path(booking, "/reschedule"), at(studio, 14, hours=3)))
    assert (asked["proposal"]["status"], asked["proposal"]["total"]) == ("waiting_for_consent", pounds(10000))
    assert asked["booking"]["starts_at"] == booking["starts_at"]
    assert await spans(session) == [(12, 14), (14, 17)]
    problem(await studio.owner.post(path(booking, "/reschedule/accept")), 409, "illegal_move")
    await worker.run()
    assert any("proposes another time" in subject for subject in worker.mailbox.subjects(customer.email))
    stale = {"version": booking["version"]}
    problem(await customer.post(path(booking, "/reschedule/accept"), stale), 409, "booking_changed")
    moved = await ok(customer.post(path(booking, "/reschedule/accept")))
    assert (moved["proposal"], moved["booking"]["total"]) == (None, pounds(10000))
    assert await spans(session) == [(14, 17)]


@pytest.mark.parametrize("who", ["customer", "owner"])
async def test_declined_or_withdrawn_nothing_has_happened(world, session, studio, customer, booking, who):
    await ok(studio.owner.post(path(booking, "/reschedule"), at(studio, 16)))
    person = customer if who == "customer" else studio.owner
    kept = await ok(person.post(path(booking, "/reschedule/decline")))
    assert kept["starts_at"] == booking["starts_at"]
    assert await spans(session) == [(12, 14)]
    problem(await customer.post(path(booking, "/reschedule/accept")), 409, "no_proposal")


async def test_who_decides_reads_why_and_the_history_keeps_it(session, studio, customer, booking):
    why = {"reason": "The boiler is being repaired"}
    asked = await ok(studio.owner.post(path(booking, "/reschedule"), at(studio, 16) | why))
    assert asked["proposal"]["reason"] == why["reason"]
    await ok(customer.post(path(booking, "/reschedule/decline"), {"reason": "We have a gig"}))
    assert await session.scalar(text("SELECT answer FROM booking_proposals")) == "We have a gig"
    await ok(studio.owner.post(path(booking, "/reschedule"), at(studio, 18) | why))
    assert (await ok(customer.get(path(booking, "/reschedule"))))["proposal"]["reason"] == why["reason"]
    await ok(customer.post(path(booking, "/reschedule/accept")))
    history = (await customer.get(path(booking, "/history"))).json()
    assert history[-1]["reason"] == why["reason"]


async def test_a_cancelled_booking_takes_its_proposal_with_it(session, studio, customer, booking):
    await ok(studio.owner.post(path(booking, "/reschedule"), at(studio, 16)))
    await ok(customer.post(path(booking, "/cancel")))
    assert await spans(session) == []


async def test_where_rooms_are_let_on_request_the_owner_agrees_too(world, session, studio, customer, booking):
    await ok(studio.owner.patch(f"/rooms/{studio.room_id}", {"booking_mode": "on_request"}))
    asked = await ok(customer.post(path(booking, "/reschedule"), at(studio, 16, hours=3)))
    assert asked["proposal"]["status"] == "waiting_for_consent"
    agreed = await ok(studio.owner.post(path(booking, "/reschedule/accept")))
    assert agreed["proposal"]["status"] == "waiting_for_payment"
    await world.pay(customer, booking)
    assert await spans(session) == [(16, 19)]


async def test_another_room_of_the_studio_but_of_no_other(world, studio, customer, booking):
    room, elsewhere = await world.room(studio, name="Room B"), await world.studio()
    to = at(studio, 12)
    other = to | {"room_id": elsewhere.room_id}
    problem(await customer.post(path(booking, "/reschedule"), other), 422, "other_studio")
    problem(await customer.post(path(booking, "/reschedule"), to), 422, "nothing_changes")
    moved = await ok(customer.post(path(booking, "/reschedule"), to | {"room_id": room.room_id}))
    assert moved["booking"]["room_id"] == room.room_id
    await created((await world.person()).post("/bookings", wish(studio)))


async def test_two_bookings_trade_places_when_both_have_agreed(world, session, studio, customer, booking):
    other_customer = await world.person()
    other = await world.paid_booking(studio, other_customer, hour=14, hours=3)
    both = {"booking_id": booking["id"], "other_booking_id": other["id"]}
    problem(await customer.post("/bookings/swap", both), 403, "permission_missing")
    asked = await ok(studio.owner.post("/bookings/swap", both))
    assert (asked["is_done"], len(asked["proposals"])) == (False, 2)
    first = await ok(customer.post(path(booking, "/reschedule/accept")))
    assert first["proposal"]["status"] == "agreed"
    assert first["booking"]["starts_at"] == booking["starts_at"]
    second = await ok(other_customer.post(path(other, "/reschedule/accept")))
    assert second["booking"]["starts_at"] == booking["starts_at"]
    assert second["booking"]["total"] == other["total"]
    assert (await ok(customer.get(path(booking))))["starts_at"] == other["starts_at"]
    assert await spans(session) == [(12, 14), (14, 17)]


async def test_one_no_ends_a_swap_for_both(world, studio, customer, booking):
    other_customer = await world.person()
    other = await world.paid_booking(studio, other_customer, hour=14)
    both = {"booking_id": booking["id"], "other_booking_id": other["id"]}
    await ok(studio.owner.post("/bookings/swap", both))
    await ok(customer.post(path(booking, "/reschedule/accept")))
    await ok(other_customer.post(path(other, "/reschedule/decline")))
    assert (await ok(customer.get(path(booking, "/reschedule"))))["proposal"] is None
    assert (await ok(customer.get(path(booking))))["starts_at"] == booking["starts_at"]
