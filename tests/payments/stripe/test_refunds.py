"""Money on its way back through Stripe, and banks that take it by themselves."""

import pytest

from src import invariants
from tests.admin.support import alert
from tests.factories.world import created, ok, problem
from tests.support.fakes.server import Fault


async def cancel(till):
    await ok(till.customer.post(f"{till.path}/cancel"))


async def ledger(till, account):
    query = "SELECT coalesce(sum(amount), 0) FROM ledger_entries WHERE account = :account"
    return (await till.execute(query, account=account)).scalar_one()


async def test_a_cancelled_booking_is_refunded_at_stripe(till):
    await till.pay()
    await cancel(till)
    await till.worker.run()
    assert await till.refunds() == [("succeeded", "cancelled", 10000)]
    (refund,) = till.stripe.refunds.values()
    assert (refund["amount"], refund["metadata"]["installation"]) == (10000, "http://test")
    await till.hear()  # refund.created, that we know by now
    assert await till.refunds() == [("succeeded", "cancelled", 10000)]


@pytest.mark.parametrize("fault", [Fault.LOST_REQUEST, Fault.LOST_ANSWER, Fault.TOO_MANY, Fault.BROKEN])
async def test_a_refund_with_faults_goes_back_once(till, fault):
    await till.pay()
    await cancel(till)
    till.stripe.faults = [fault, fault]
    await till.worker.run()
    assert (await till.refunds())[0][0] == "pending"
    till.stripe.faults = []
    await till.retry_refunds()
    assert await till.refunds() == [("succeeded", "cancelled", 10000)]
    assert till.stripe.returned() == 10000


async def test_a_refund_that_we_forgot_is_found_when_its_key_is_forgotten_too(till):
    """Stripe remembers keys for a day; a day later only the metadata tells."""
    await till.pay()
    await cancel(till)
    till.stripe.faults = [Fault.LOST_ANSWER, Fault.LOST_ANSWER]
    await till.worker.run()
    till.stripe._remembered.clear()
    await till.retry_refunds()
    assert await till.refunds() == [("succeeded", "cancelled", 10000)]
    assert len(till.stripe.refunds) == 1


async def test_a_refund_may_take_its_time(till):
    await till.pay()
    till.stripe.refund_status = "pending"
    await cancel(till)
    await till.worker.run()
    assert await till.refunds() == [("pending", "cancelled", 10000)]
    till.stripe.succeed_refund(*till.stripe.refunds)
    await till.hear()
    assert await till.refunds() == [("succeeded", "cancelled", 10000)]


async def test_a_refund_that_comes_back_is_for_a_person(till):
    await till.pay()
    await cancel(till)
    await till.worker.run()
    assert await ledger(till, "gateway_clearing") == 0
    till.stripe.fail_refund(*till.stripe.refunds)
    await till.hear()
    assert await till.refunds() == [("failed", "cancelled", 10000)]
    assert await ledger(till, "gateway_clearing") == 10000


@pytest.fixture
async def came_back(till):
    """The whole refund of a cancelled booking: the customer's card is gone."""
    await till.pay()
    await cancel(till)
    await till.worker.run()
    till.stripe.fail_refund(*till.stripe.refunds)
    await till.hear()
    (refund,) = (await till.payments())["refunds"]
    return refund


async def mark_paid(staff, refund, status=303, **fields):
    form = {"refund_id": str(refund["id"]), "note": "Bank transfer 344"} | fields
    return await staff.send(f"/charge/details/{refund['charge_id']}/mark-refund-paid", form, status)


async def test_what_came_back_is_paid_back_by_hand(session, till, came_back, staff, admin):
    assert set(await invariants.check(session)) == {"no refund waits for a person"}
    alert(await mark_paid(staff, came_back, 422, note=""))
    await mark_paid(staff, came_back)
    assert await till.refunds() == [("by_hand", "cancelled", 10000)]
    assert (await ledger(till, "gateway_clearing"), await ledger(till, "refunds")) == (0, 0)
    assert await invariants.check(session) == {}
    trail = "SELECT actor_id, subject_id, changes FROM audit_entries WHERE action = 'refund.paid_by_hand'"
    assert (await till.execute(trail)).all() == [
        (admin.id, came_back["id"], {"status": ["failed", "by_hand"], "how": [None, "Bank transfer 344"]})
    ]


async def test_it_is_paid_back_by_hand_once_whatever_stripe_says_later(session, till, came_back, staff):
    await mark_paid(staff, came_back)
    assert "has not failed" in alert(await mark_paid(staff, came_back, 409))
    till.stripe.fail_refund(*till.stripe.refunds)
    await till.hear()
    assert await till.refunds() == [("by_hand", "cancelled", 10000)]
    assert await invariants.check(session) == {}


async def test_no_refund_of_another_payment_is_marked(till, world, studio, came_back, staff):
    booking = await world.paid_booking(studio, till.customer, days_ahead=20)
    await ok(till.customer.post(f"/bookings/{booking['id']}/cancel", {}))
    (charge,) = (await ok(till.customer.get(f"/bookings/{booking['id']}/payments")))["charges"]
    await till.worker.run()
    other = came_back | {"charge_id": charge["id"]}
    assert "no such refund" in alert(await mark_paid(staff, other, 404))
    assert await till.refunds() == [("failed", "cancelled", 10000)]


async def test_a_refund_made_at_stripes_own_pages_is_for_a_person(till):
    await till.pay()
    till.stripe.tell("refund.created", {"id": "re_x", "object": "refund"})
    till.stripe.refunds["re_x"] = {
        "id": "re_x", "object": "refund", "amount": 1, "status": "succeeded", "metadata": {},
        "payment_intent": "pi_x",
    }  # fmt: skip
    await till.hear()
    assert ("refund.created", "unknown") in await till.notices()


async def granted(till, person, amount):
    (charge,) = (await till.payments())["charges"]
    return await person.post(f"/payments/{charge['id']}/refunds", {"amount": amount, "note": "Sorry"})


async def test_the_owner_gives_a_part_back_and_the_policy_counts_the_rest(till, studio):
    await till.pay()
    refund = await created(granted(till, studio.owner, 2500))
    assert (refund["status"], refund["reason"]) == ("pending", "granted")
    await till.worker.run()
    booking = await ok(till.customer.get(till.path))
    assert (booking["status"], booking["paid"]["amount"], booking["returned"]["amount"]) == (
        "confirmed", 10000, 2500,
    )  # fmt: skip
    await cancel(till)
    await till.worker.run()
    assert await till.refunds() == [("succeeded", "granted", 2500), ("succeeded", "cancelled", 7500)]
    problem(await granted(till, studio.owner, 1), 409, "not_refundable")


async def test_a_dispute_takes_the_money_and_a_refund_waits(till):
    """Race 7: nobody is paid twice."""
    await till.pay()
    (payment_ref,) = till.stripe.intents
    ref = till.stripe.dispute(payment_ref)
    await till.hear()
    assert (await ledger(till, "gateway_clearing"), await ledger(till, "disputed")) == (0, 10000)
    await cancel(till)
    await till.retry_refunds()
    assert await till.refunds() == [("pending", "cancelled", 10000)]
    assert till.stripe.effects("/refunds") == []
    till.stripe.decide_dispute(ref, "lost")
    await till.hear()
    await till.retry_refunds()
    assert await till.refunds() == [("disputed", "cancelled", 10000)]
    assert till.stripe.returned() == 0
    assert await ledger(till, "customer_deposits") == await ledger(till, "dispute_losses") == 0


async def test_a_dispute_that_is_won_lets_the_refund_go(till):
    await till.pay()
    (payment_ref,) = till.stripe.intents
    ref = till.stripe.dispute(payment_ref)
    await till.hear()
    await cancel(till)
    till.stripe.decide_dispute(ref, "won")
    await till.hear()
    assert await till.refunds() == [("succeeded", "cancelled", 10000)]
    assert await ledger(till, "disputed") == 0


async def test_a_dispute_that_stripe_knows_of_first_stops_a_refund_too(till):
    await till.pay()
    await cancel(till)
    (payment_ref,) = till.stripe.intents
    ref = till.stripe.dispute(payment_ref)
    await till.worker.run()
    assert await till.refunds() == [("pending", "cancelled", 10000)]
    assert till.stripe.returned() == 0
    till.stripe.decide_dispute(ref, "won")
    await till.hear()
    await till.retry_refunds()
    assert await till.refunds() == [("succeeded", "cancelled", 10000)]


async def test_a_banks_mere_question_moves_nothing(till):
    await till.pay()
    (payment_ref,) = till.stripe.intents
    ref = till.stripe.dispute(payment_ref, status="warning_needs_response")
    await till.hear()
    assert await ledger(till, "disputed") == 0
    till.stripe.decide_dispute(ref, "warning_closed")
    await till.hear()
    assert await ledger(till, "disputed") == 0


async def test_what_a_lost_dispute_takes_of_a_kept_booking_everybody_gives_up(till):
    await till.pay()
    (payment_ref,) = till.stripe.intents
    ref = till.stripe.dispute(payment_ref)
    till.stripe.decide_dispute(ref, "lost")
    for event in reversed(till.stripe.events):
        await till.hear([event, event])
    assert await ledger(till, "customer_deposits") == await ledger(till, "dispute_losses") == 0
    booking = await ok(till.customer.get(till.path))
    assert (booking["status"], booking["returned"]["amount"]) == ("confirmed", 10000)
    await cancel(till)  # and nothing is left that could go back
    await till.worker.run()
    assert await till.refunds() == []
