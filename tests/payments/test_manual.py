"""Money that people hand over themselves."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from src import invariants
from tests.factories.world import created, ok, problem, wish
from tests.payments.test_checkout import TOTAL, charges, checkout, payments, status


def receipt(booking, **changes):
    return {"booking_id": booking["id"], "method": "cash", "amount": 10000} | changes


async def test_cash_confirms_the_booking(session, worker, studio, customer, booking):
    charge = await created(studio.owner.post("/payments", receipt(booking, note="Receipt 214")))
    assert (charge["gateway"], charge["status"], charge["amount"]) == ("manual", "succeeded", TOTAL)
    assert await status(customer, booking) == "confirmed"
    query = "SELECT action, changes FROM audit_entries WHERE action = 'payment.recorded'"
    recorded = (await session.execute(text(query))).one()
    assert recorded.changes["method"] == [None, "cash"]
    accounts = "SELECT account, amount FROM ledger_entries ORDER BY id"
    assert [tuple(row) for row in await session.execute(text(accounts))] == [
        ("owner_clearing", 10000),
        ("customer_deposits", -10000),
    ]


@pytest.mark.parametrize("is_over", [False, True], ids=["before", "when they leave"])
async def test_a_guest_who_was_booked_at_the_desk_pays_there(world, session, worker, studio, is_over):
    body = wish(studio) | {"guest": {"name": "Kim"}}
    booking = await created(studio.owner.post("/bookings/walk-in", body))
    if is_over:
        await world.let_it_begin(booking, ago=timedelta(hours=3))
        assert await worker.complete_past_bookings() == 1
    answer = await studio.owner.post("/payments", receipt(booking, amount=9999))
    assert problem(answer, 422, "amount_not_due")["due"] == 10000
    await created(studio.owner.post("/payments", receipt(booking)))
    paid = await ok(studio.owner.get(f"/bookings/{booking['id']}"))
    assert (paid["status"], paid["paid"]) == ("completed" if is_over else "confirmed", TOTAL)
    problem(await studio.owner.post("/payments", receipt(booking)), 409, "illegal_move")
    await worker.run()
    assert await invariants.check(session) == {}


async def test_a_dearer_time_is_paid_in_cash(world, studio, customer, booking):
    await world.pay(customer, booking)
    times = wish(studio, hour=16, hours=3)
    body = {"starts_at": times["starts_at"], "ends_at": times["ends_at"]}
    await ok(customer.post(f"/bookings/{booking['id']}/reschedule", body))
    await created(studio.owner.post("/payments", receipt(booking, amount=5000)))
    moved = await ok(customer.get(f"/bookings/{booking['id']}"))
    assert moved["paid"]["amount"] == 15000
    assert moved["ends_at"].startswith(body["ends_at"])


async def test_the_same_key_records_once(studio, customer, booking):
    for _ in range(2):
        answer = await studio.owner.post("/payments", receipt(booking), headers={"Idempotency-Key": "one"})
        assert answer.status_code == 201
    assert len((await payments(customer, booking))["charges"]) == 1
    problem(await studio.owner.post("/payments", receipt(booking)), 409, "illegal_move")


@pytest.mark.parametrize("amount", [9999, 10001])
async def test_another_amount_than_what_is_open_is_refused(studio, customer, booking, amount):
    answer = await studio.owner.post("/payments", receipt(booking, amount=amount))
    assert problem(answer, 422, "amount_not_due")["due"] == 10000
    assert await charges(customer, booking) == []


@pytest.mark.parametrize(
    "change", [{"amount": 0}, {"amount": 1.5}, {"method": "shells"}, {"note": "a\0b"}, {"status": "paid"}]
)
async def test_nonsense_is_refused(studio, booking, change):
    problem(await studio.owner.post("/payments", receipt(booking, **change)), 422, "validation_failed")


async def test_customers_and_strangers_can_not_say_that_they_paid(world, customer, booking):
    problem(await customer.post("/payments", receipt(booking)), 403, "permission_missing")
    problem(await (await world.person()).post("/payments", receipt(booking)), 404, "booking_not_found")
    assert await status(customer, booking) == "pending"


async def test_an_expired_hold_can_not_be_paid_in_cash(world, studio, booking):
    await world.let_hold_end(booking)
    problem(await studio.owner.post("/payments", receipt(booking)), 409, "illegal_move")


async def test_cash_closes_the_page_that_was_open(world, worker, studio, customer, booking):
    opened = await checkout(customer, booking)
    await created(studio.owner.post("/payments", receipt(booking)))
    await worker.run()
    await world.client.post(f"{opened['url']}/pay")
    assert await charges(customer, booking) == ["failed", "succeeded"]
    assert await status(customer, booking) == "confirmed"


async def test_cash_goes_back_by_hand(worker, studio, customer, booking):
    charge = await created(studio.owner.post("/payments", receipt(booking)))
    refund = await created(studio.owner.post(f"/payments/{charge['id']}/refunds", {}))
    assert refund["amount"] == TOTAL
    await worker.run()
    (refund,) = (await payments(customer, booking))["refunds"]
    assert (refund["status"], refund["reason"]) == ("succeeded", "granted")


async def test_nobody_is_sent_to_a_page_for_cash(customer, booking):
    answer = await customer.post(f"/bookings/{booking['id']}/checkout", {"gateway": "manual"})
    problem(answer, 422, "gateway_not_offered")


async def test_a_refund_beyond_what_is_left_is_refused(world, studio, customer, booking):
    await world.pay(customer, booking)
    (charge,) = (await payments(customer, booking))["charges"]
    path = f"/payments/{charge['id']}/refunds"
    assert (
        problem(await studio.owner.post(path, {"amount": 10001}), 409, "not_refundable")["refundable"]
        == 10000
    )
    await created(studio.owner.post(path, {"amount": 6000}))
    assert (
        problem(await studio.owner.post(path, {"amount": 4001}), 409, "not_refundable")["refundable"] == 4000
    )
    await created(studio.owner.post(path, {"amount": 4000}))
    for amount in (0, -1, 1.5, "1", 10**30):
        problem(await studio.owner.post(path, {"amount": amount}), 422, "validation_failed")


async def test_what_a_cancellation_has_promised_can_not_be_given_twice(world, studio, customer, booking):
    """The owner grants all of it before the cancellation's refund is decided: one of the two."""
    await world.pay(customer, booking)
    (charge,) = (await payments(customer, booking))["charges"]
    await ok(customer.post(f"/bookings/{booking['id']}/cancel"))
    answer = await studio.owner.post(f"/payments/{charge['id']}/refunds", {})
    problem(answer, 409, "not_refundable")


async def test_refunds_are_not_for_customers_or_strangers(world, customer, booking):
    await world.pay(customer, booking)
    (charge,) = (await payments(customer, booking))["charges"]
    path = f"/payments/{charge['id']}/refunds"
    problem(await customer.post(path, {}), 403, "permission_missing")
    problem(await (await world.person()).post(path, {}), 404, "charge_not_found")
    problem(await customer.post("/payments/999999999/refunds", {}), 404, "charge_not_found")
