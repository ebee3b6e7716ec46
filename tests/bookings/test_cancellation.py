import pytest
from sqlalchemy import text

from src.core.identity import Role
from tests.bookings.test_holds import moves
from tests.factories.world import created, ok, problem, wish


@pytest.fixture
async def studio(world):
    return await world.studio()


@pytest.fixture
async def customer(world):
    return await world.person()


async def starts_in(database, booking, hours):
    """As if it were so many hours before the start, and half a minute, and long after it was made."""
    async with database.transaction() as session:
        await session.execute(
            text(
                "UPDATE bookings SET starts_at = clock_timestamp() + make_interval(hours => :hours, secs => 30),"
                " ends_at = clock_timestamp() + make_interval(hours => :hours + 2),"
                " created_at = created_at - interval '2 hours' WHERE id = :id"
            ),
            {"hours": hours, "id": booking["id"]},
        )


def pounds(amount):
    return {"amount": amount, "currency": "GBP"}


@pytest.mark.parametrize(
    ("policy", "hours", "refund"),
    [
        ("flexible", 24, 10000),
        ("flexible", 23, 5000),
        ("flexible", 0, 5000),
        ("moderate", 72, 10000),
        ("moderate", 71, 5000),
        ("moderate", 24, 5000),
        ("moderate", 23, 0),
        ("strict", 336, 10000),
        ("strict", 335, 5000),
        ("strict", 168, 5000),
        ("strict", 167, 0),
    ],
)
async def test_the_customer_gets_back_what_the_policy_says(
    world, database, worker, customer, policy, hours, refund
):
    studio = await world.studio(policy=policy)
    booking = await world.paid_booking(studio, customer)
    await starts_in(database, booking, hours)
    path = f"/bookings/{booking['id']}"
    preview = await ok(customer.get(f"{path}/cancellation"))
    assert (preview["paid"], preview["refund"]) == (pounds(10000), pounds(refund))
    assert (preview["refund_percent"], preview["kept"]) == (refund // 100, pounds(10000 - refund))
    cancelled = await ok(customer.post(f"{path}/cancel", {"reason": "The singer has a cold"}))
    assert cancelled["status"] == "cancelled"
    assert (cancelled["paid"], cancelled["refund"]) == (pounds(10000), pounds(refund))
    await worker.run()
    refunds = (await ok(customer.get(f"{path}/payments")))["refunds"]
    assert [(entry["amount"], entry["status"], entry["reason"]) for entry in refunds] == (
        [(pounds(refund), "succeeded", "cancelled")] if refund else []
    )


@pytest.mark.parametrize("hours", [500, 1, -1])
async def test_the_owner_pays_back_all_of_it_whenever(world, database, studio, customer, hours):
    booking = await world.paid_booking(studio, customer)
    await starts_in(database, booking, hours)
    path = f"/bookings/{booking['id']}"
    assert (await ok(studio.owner.get(f"{path}/cancellation")))["refund"] == pounds(10000)
    assert (await ok(studio.owner.post(f"{path}/cancel")))["refund"] == pounds(10000)


async def test_an_owner_who_books_at_home_is_a_customer_there(world, database, studio):
    booking = await world.paid_booking(studio, studio.owner)
    await starts_in(database, booking, 1)
    assert (await ok(studio.owner.post(f"/bookings/{booking['id']}/cancel")))["refund"] == pounds(0)


async def test_the_policy_is_that_of_the_day_it_was_booked(world, database, customer):
    studio = await world.studio(policy="flexible")
    booking = await world.paid_booking(studio, customer)
    await ok(studio.owner.patch(f"/rooms/{studio.room_id}", {"cancellation_policy": "strict"}))
    await starts_in(database, booking, 30)
    assert (await ok(customer.post(f"/bookings/{booking['id']}/cancel")))["refund"] == pounds(10000)


async def test_cancelled_time_is_free_at_once(world, studio, customer):
    booking = await world.paid_booking(studio, customer)
    other = await world.person()
    problem(await other.post("/bookings", wish(studio)), 409, "slot_taken")
    await ok(customer.post(f"/bookings/{booking['id']}/cancel"))
    await created(other.post("/bookings", wish(studio)))


async def test_a_hold_is_cancelled_free_of_charge(world, worker, studio, customer):
    booking = await world.held_booking(studio, customer)
    cancelled = await ok(customer.post(f"/bookings/{booking['id']}/cancel"))
    assert cancelled["status"] == "cancelled"
    assert cancelled["expires_at"] is None
    assert cancelled["paid"] == cancelled["refund"] == pounds(0)
    await created((await world.person()).post("/bookings", wish(studio)))
    await worker.run()
    assert (await ok(customer.get(f"/bookings/{booking['id']}/payments")))["refunds"] == []


async def test_both_sides_are_told_with_the_refund(world, worker, studio, customer):
    booking = await world.paid_booking(studio, customer)
    await worker.run()
    worker.mailbox.clear()
    await ok(customer.post(f"/bookings/{booking['id']}/cancel"))
    await worker.run()
    for person in (customer, studio.owner):
        (mail,) = worker.mailbox.to(person.email)
        assert booking["reference"] in mail["Subject"]
        assert "Goes back:  £100.00" in mail.get_body(("plain",)).get_content()


async def test_an_owner_never_hears_of_a_hold_that_nobody_paid(world, worker, studio, customer):
    booking = await world.held_booking(studio, customer)
    await ok(customer.post(f"/bookings/{booking['id']}/cancel"))
    await worker.run()
    assert len(worker.mailbox.to(customer.email)) == 1
    assert worker.mailbox.to(studio.owner.email) == []


@pytest.mark.parametrize("again", ["customer", "owner"])
async def test_cancelling_twice_is_a_conflict(world, worker, studio, customer, again):
    booking = await world.paid_booking(studio, customer)
    path = f"/bookings/{booking['id']}"
    await ok(customer.post(f"{path}/cancel"))
    person = customer if again == "customer" else studio.owner
    answer = problem(await person.post(f"{path}/cancel"), 409, "illegal_move")
    assert answer["status_now"] == "cancelled"
    problem(await person.get(f"{path}/cancellation"), 409, "illegal_move")
    await worker.run()
    assert len((await ok(customer.get(f"{path}/payments")))["refunds"]) == 1


async def test_the_same_key_cancels_once_and_repeats_the_answer(world, studio, customer):
    booking = await world.paid_booking(studio, customer)
    path, key = f"/bookings/{booking['id']}/cancel", {"Idempotency-Key": "cancel-it"}
    first = await customer.post(path, headers=key)
    again = await customer.post(path, headers=key)
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json() == first.json()


async def test_strangers_are_told_that_there_is_no_such_booking(world, studio, customer):
    booking = await world.paid_booking(studio, customer)
    other_owner = (await world.studio()).owner
    path = f"/bookings/{booking['id']}"
    for stranger in (await world.person(), other_owner):
        problem(await stranger.get(path), 404, "booking_not_found")
        problem(await stranger.get(f"{path}/cancellation"), 404, "booking_not_found")
        problem(await stranger.post(f"{path}/cancel"), 404, "booking_not_found")
        problem(await stranger.get(f"{path}/payments"), 404, "booking_not_found")
    problem(await world.client.get(f"/api/v1{path}"), 401, "not_authenticated")
    assert (await ok(customer.get(path)))["status"] == "confirmed"


async def test_an_unknown_booking_is_not_found(customer):
    problem(await customer.get("/bookings/999999999"), 404, "booking_not_found")
    problem(await customer.post("/bookings/999999999/cancel"), 404, "booking_not_found")


async def test_owner_and_staff_see_the_booking_as_its_customer_does(world, studio, customer):
    booking = await world.paid_booking(studio, customer)
    admin = await world.person(role=Role.ADMIN)
    for person in (studio.owner, admin):
        assert await ok(person.get(f"/bookings/{booking['id']}")) == booking


async def test_every_move_is_recorded_with_who_and_why(world, session, studio, customer):
    booking = await world.paid_booking(studio, customer)
    await ok(studio.owner.post(f"/bookings/{booking['id']}/cancel", {"reason": "  A pipe has burst "}))
    assert await moves(session, booking) == [
        (None, "pending", "customer", customer.id, ""),
        ("pending", "confirmed", "system", None, "paid"),
        ("confirmed", "cancelled", "owner", studio.owner.id, "A pipe has burst"),
    ]


async def test_a_booking_that_is_over_can_t_be_cancelled(world, database, studio, customer):
    booking = await world.paid_booking(studio, customer)
    async with database.transaction() as session:
        await session.execute(
            text(
                "UPDATE bookings SET starts_at = starts_at - interval '60 days',"
                " ends_at = ends_at - interval '60 days' WHERE id = :id"
            ),
            {"id": booking["id"]},
        )
    problem(await customer.post(f"/bookings/{booking['id']}/cancel"), 409, "illegal_move")
    problem(await customer.get(f"/bookings/{booking['id']}/cancellation"), 409, "illegal_move")
