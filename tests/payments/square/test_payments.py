"""Paid in the owner's own account, with our share as its fee."""

import itertools

import pytest

from src import invariants
from src.core.identity import Role
from tests.admin.support import logged_in
from tests.factories.world import created, ok, problem, wish
from tests.support.fakes.server import Fault


async def cancel(counter):
    await ok(counter.customer.post(f"{counter.path}/cancel"))


async def test_a_customer_pays_on_squares_page(counter):
    await counter.connect()
    order = await counter.open()
    assert counter.square.orders[order]["app_fee_money"] == {"amount": 1000, "currency": "GBP"}
    assert counter.square.orders[order]["location_id"] == "LLONDON"
    counter.square.pay(order)
    await counter.hear()
    assert await counter.status() == "confirmed"
    assert await counter.ledger() == {
        "gateway_clearing": 1000,
        "owner_clearing": 9000,
        "customer_deposits": -10000,
    }


async def test_our_share_of_a_difference_is_its_part(counter, world):
    await world.pay(counter.customer, counter.booking)
    await counter.connect()
    times = wish(counter.studio, hour=16, hours=3)
    body = {"starts_at": times["starts_at"], "ends_at": times["ends_at"]}
    await ok(counter.customer.post(f"{counter.path}/reschedule", body))
    order = counter.square.orders[await counter.open()]
    assert order["app_fee_money"] == {"amount": 500, "currency": "GBP"}


async def test_without_a_connection_nobody_can_pay(counter):
    problem(await counter.ask(), 409, "payments_not_connected")
    assert await counter.charges() == ["failed"]
    await counter.connect()
    await counter.open()


async def test_a_platform_that_takes_nothing_asks_for_no_fee(counter):
    await counter.execute("UPDATE bookings SET platform_fee_amount = 0")
    await counter.connect()
    assert counter.square.orders[await counter.open()]["app_fee_money"] is None


async def test_asking_again_gives_the_same_page(counter):
    await counter.connect()
    assert await counter.open() == await counter.open()


@pytest.mark.parametrize("fault", [Fault.LOST_REQUEST, Fault.LOST_ANSWER])
async def test_a_fault_on_the_way_makes_no_second_link(counter, fault):
    await counter.connect()
    counter.square.faults = [fault] * 3
    problem(await counter.ask(), 503, "temporarily_unavailable")
    counter.square.faults = []
    await counter.open()
    assert len(counter.square.links) == 1


async def test_a_cut_off_checkout_is_found_again(counter):
    await counter.connect()
    counter.square.faults = [Fault.LOST_ANSWER] * 3
    problem(await counter.ask(), 503, "temporarily_unavailable")
    counter.square.faults = []
    (order,) = counter.square.orders
    counter.square.pay(order)
    counter.square.events = []
    await counter.reconcile()
    assert await counter.status() == "confirmed"


async def test_a_cut_off_checkout_that_never_arrived_is_given_up(counter):
    await counter.connect()
    counter.square.faults = [Fault.LOST_REQUEST] * 3
    problem(await counter.ask(), 503, "temporarily_unavailable")
    counter.square.faults = []
    await counter.reconcile()
    assert await counter.charges() == ["failed"]


@pytest.mark.parametrize("is_known", [False, True])
async def test_cancelling_closes_the_page(counter, is_known):
    await counter.connect()
    order = await counter.open()
    if not is_known:  # found by the reconciler, which learns no link
        await counter.execute("UPDATE charges SET page_ref = NULL")
    await cancel(counter)
    await counter.worker.run()
    assert counter.square.links == {}
    assert counter.square.orders[order]["state"] == "CANCELED"
    assert await counter.charges() == ["failed"]


async def test_cancelling_against_a_payment_in_flight_sends_it_back(counter):
    await counter.connect()
    counter.square.pay(await counter.open())
    await cancel(counter)
    await counter.hear()
    assert await counter.refunds() == [("succeeded", "paid_too_late", 10000)]
    assert counter.square.returned() == 10000


async def test_of_two_paid_pages_the_first_counts(counter, world):
    await counter.connect()
    order = await counter.open()
    await world.pay(counter.customer, counter.booking)
    counter.square.pay(order)
    await counter.hear()
    assert await counter.status() == "confirmed"
    assert await counter.refunds() == [("succeeded", "paid_too_late", 10000)]


async def test_a_payment_too_late_goes_back(counter, world):
    await counter.connect()
    order = await counter.open()
    await world.let_hold_end(counter.booking)
    await created((await world.person()).post("/bookings", wish(counter.studio)))
    counter.square.pay(order)
    await counter.hear()
    assert await counter.status() == "expired"
    assert await counter.refunds() == [("succeeded", "paid_too_late", 10000)]


@pytest.mark.parametrize("order_of_events", list(itertools.permutations(range(3))))
async def test_every_order_of_a_payments_events_with_repeats_ends_alike(counter, order_of_events):
    await counter.connect()
    payment = counter.square.pay(await counter.open(), status="PENDING")
    counter.square.decide(payment, "COMPLETED")
    events, counter.square.events = counter.square.events, []
    for position in (*order_of_events, *order_of_events):
        counter.square.events = [events[position]]
        await counter.hear()
    assert await counter.status() == "confirmed"
    assert await counter.charges() == ["succeeded"]
    assert await counter.refunds() == []


async def test_our_fee_goes_back_with_its_part(counter):
    await counter.pay()
    (charge,) = (await counter.payments())["charges"]
    path = f"/payments/{charge['id']}/refunds"
    for amount in (3333, 3333):
        await created(counter.studio.owner.post(path, {"amount": amount}))
    await cancel(counter)
    await counter.worker.run()
    fees = [refund["app_fee_money"]["amount"] for refund in counter.square.refunds.values()]
    assert sorted(fees) == [333, 333, 334]
    assert set((await counter.ledger()).values()) == {0}


@pytest.mark.parametrize("fault", [Fault.LOST_REQUEST, Fault.LOST_ANSWER])
async def test_a_refund_with_faults_goes_back_once(counter, fault):
    await counter.pay()
    await cancel(counter)
    counter.square.faults = [fault] * 3
    await counter.worker.run()
    counter.square.faults = []
    counter.square._remembered.clear()
    await counter.execute("UPDATE refunds SET due_at = clock_timestamp()")
    await counter.worker.run()
    assert await counter.refunds() == [("succeeded", "cancelled", 10000)]
    assert len(counter.square.refunds) == 1


async def test_a_refund_may_take_its_time(counter):
    await counter.pay()
    counter.square.refund_status = "PENDING"
    await cancel(counter)
    await counter.worker.run()
    assert await counter.refunds() == [("pending", "cancelled", 10000)]
    (refund,) = counter.square.refunds.values()
    refund["status"] = "COMPLETED"
    counter.square.tell("refund.updated", "refund", refund)
    await counter.hear()
    assert await counter.refunds() == [("succeeded", "cancelled", 10000)]


async def test_what_square_can_not_give_back_is_paid_by_hand_by_those_who_hold_it(
    session, counter, app, world, square_settings
):
    await counter.pay()
    counter.square.refund_status = "REJECTED"
    await cancel(counter)
    await counter.worker.run()
    (refund,) = (await counter.payments())["refunds"]
    assert refund["status"] == "failed"
    staff = logged_in(app, await world.person(role=Role.ADMIN), square_settings)
    form = {"refund_id": str(refund["id"]), "note": "In cash"}
    await staff.send(f"/charge/details/{refund['charge_id']}/mark-refund-paid", form)
    assert await counter.refunds() == [("by_hand", "cancelled", 10000)]
    assert set((await counter.ledger()).values()) == {0}
    assert await invariants.check(session) == {}


@pytest.fixture
async def event(counter):
    await counter.connect()
    counter.square.pay(await counter.open())
    return counter.square.events.pop()


@pytest.mark.parametrize(
    "signing",
    [
        {"key": "of-another-subscription"},
        {"url": "http://test/api/webhooks/square"},
        {"url": "https://test/api/v1/webhooks/square"},
    ],
)
async def test_a_forged_notice_is_refused(counter, event, signing):
    problem(await counter.deliver(event, **signing), 400, "signature_invalid")
    answer = await counter.client.post("/api/v1/webhooks/square", content=b"{}")
    problem(answer, 400, "signature_invalid")
    await counter.worker.run()
    assert await counter.status() == "pending"


async def test_either_of_two_keys_is_right(counter, event):
    assert (await counter.deliver(event, key="key-of-last-year")).status_code == 204
    await counter.worker.run()
    assert await counter.status() == "confirmed"


async def test_of_a_merchant_that_we_do_not_know_it_is_for_a_person(counter, event):
    event["merchant_id"] = "MSOMEBODY"
    assert (await counter.deliver(event)).status_code == 204
    await counter.worker.run()
    found = await counter.execute("SELECT status FROM webhook_notices")
    assert found.scalars().all() == ["unknown"]
