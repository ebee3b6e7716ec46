"""Payouts through Stripe Connect: there, and back when a customer gets money back later."""

from datetime import timedelta

import pytest

from src import invariants
from tests.factories.world import created, ok
from tests.payments.payouts.support import balance, grant, ledger, next_day, pay_out, payouts, take_place
from tests.support.fakes.server import Fault


@pytest.fixture
async def owner_account(till, studio):
    """The owner has an account that can receive."""
    path = f"/companies/{studio.company['id']}/payment-accounts/stripe"
    await created(studio.owner.post(path, {"country": "GB"}))
    (ref,) = till.stripe.accounts
    till.stripe.onboard(ref)
    await till.hear()
    return ref


@pytest.fixture
async def over(world, till, owner_account):
    """A booking of 100.00, paid at Stripe, that took place four days ago: 90.00 are the owner's."""
    till.stripe.fee = 175
    await till.pay()
    await take_place(world, till.worker, till.booking)


async def test_a_payout_is_a_transfer(session, database, till, studio, owner_account, over):
    assert await pay_out(till.worker) == 1
    (sent,) = till.stripe.transfers.values()
    assert (sent["amount"], sent["currency"], sent["destination"]) == (9000, "gbp", owner_account)
    assert await payouts(studio) == [("sent", 9000)]
    assert "£90.00 for Soho Sound is on its way" in till.worker.mailbox.subjects(studio.owner.email)
    assert await ledger(database) == {
        "gateway_clearing": 825, "provider_fees": 175, "platform_revenue": -1000,
    }  # fmt: skip
    assert await balance(studio) == {}
    assert await invariants.check(session) == {}


@pytest.mark.parametrize("fault", [Fault.LOST_REQUEST, Fault.LOST_ANSWER, Fault.TOO_MANY, Fault.BROKEN])
async def test_with_faults_it_arrives_once(till, studio, over, fault):
    await till.worker.create_payouts()
    till.stripe.faults = [fault, fault]
    await till.worker.run()
    till.stripe.faults = []
    till.stripe._remembered.clear()
    for _ in range(2):
        await till.execute("UPDATE transfers SET due_at = clock_timestamp()")
        await till.worker.run()
    assert len(till.stripe.transfers) == 1
    assert await payouts(studio) == [("sent", 9000)]


@pytest.mark.parametrize("fault", [None, Fault.LOST_REQUEST, Fault.LOST_ANSWER])
async def test_a_refund_later_takes_its_share_back(session, till, studio, over, fault, database):
    await pay_out(till.worker)
    await grant(studio.owner, till.booking, till.customer, 3333)
    till.stripe.faults = [None, fault, fault]
    await till.worker.run()
    till.stripe.faults = []
    till.stripe._remembered.clear()
    await till.execute("UPDATE transfer_reversals SET due_at = clock_timestamp()")
    await till.worker.run()
    (sent,) = till.stripe.transfers.values()
    assert sent["amount_reversed"] == 3000
    assert await balance(studio) == {}
    await grant(studio.owner, till.booking, till.customer, 6667)
    await till.worker.run()
    assert sent["amount_reversed"] == 9000
    assert await ledger(database) == {"gateway_clearing": -175, "provider_fees": 175}
    assert await invariants.check(session) == {}


async def test_a_refund_before_the_transfer_is_sent_waits_its_turn(till, studio, over):
    till.stripe.next_fault = lambda request: (
        Fault.TOO_MANY if request.url.path.endswith("/transfers") else None
    )
    await pay_out(till.worker)
    await grant(studio.owner, till.booking, till.customer, 10000)
    await till.worker.run()
    assert till.stripe.transfers == {}
    assert await balance(studio) == {"on_the_way": 9000}
    till.stripe.next_fault = lambda _: None
    for table in ("transfers", "transfer_reversals"):
        await till.execute(f"UPDATE {table} SET due_at = clock_timestamp()")
    await till.worker.run()
    (sent,) = till.stripe.transfers.values()
    assert sent["amount_reversed"] == 9000


async def test_a_payout_in_which_something_is_disputed_waits(session, till, studio, over):
    await till.worker.create_payouts()
    (payment_ref,) = till.stripe.intents
    ref = till.stripe.dispute(payment_ref)
    await till.hear()
    assert till.stripe.transfers == {}
    till.stripe.decide_dispute(ref, "won")
    await till.hear()
    await till.execute("UPDATE transfers SET due_at = clock_timestamp()")
    await till.worker.run()
    assert await payouts(studio) == [("sent", 9000)]


async def test_a_dispute_lost_after_the_payout_takes_the_share_back(session, database, till, studio, over):
    """The platform keeps nothing of it but what Stripe asks for the trouble."""
    await pay_out(till.worker)
    till.stripe.dispute_fee = 1500
    (payment_ref,) = till.stripe.intents
    ref = till.stripe.dispute(payment_ref)
    till.stripe.decide_dispute(ref, "lost")
    await till.hear()
    (sent,) = till.stripe.transfers.values()
    assert sent["amount_reversed"] == 9000
    assert await ledger(database) == {"gateway_clearing": -1675, "provider_fees": 1675}
    assert await balance(studio) == {}
    assert await invariants.check(session) == {}
    (payment,) = (await ok(studio.owner.get(f"/companies/{studio.company['id']}/payments")))["items"]
    assert payment["disputed"]["amount"] == 10000


async def test_what_a_transfer_can_not_give_back_is_netted(session, database, world, till, studio, over):
    """Cash fees were netted from the payout: it holds less than the booking's share."""
    cash = await world.held_booking(studio, till.customer, days_ahead=20)
    body = {"booking_id": cash["id"], "method": "cash", "amount": 10000}
    await created(studio.owner.post("/payments", body))
    await world.let_it_end(cash, ago=timedelta(days=5))
    await till.worker.complete_past_bookings()
    await till.worker.run()
    assert await pay_out(till.worker) == 1
    await grant(studio.owner, till.booking, till.customer, 10000)
    await till.worker.run()
    (sent,) = till.stripe.transfers.values()
    assert (sent["amount"], sent["amount_reversed"]) == (8000, 8000)
    assert await balance(studio) == {"available": -1000}
    await next_day(database)
    assert await pay_out(till.worker) == 0
    assert await invariants.check(session) == {}


async def test_a_fee_that_stripe_books_later_is_known_later(database, till, studio):
    till.stripe.fee, till.stripe.books_fees_late = 175, True
    await till.pay()
    assert "provider_fees" not in await ledger(database)
    till.stripe.book_fees()
    events = till.stripe.events
    for _ in range(2):
        await till.hear([events[0] | {"id": f"evt_{_}"}])
    assert (await ledger(database))["provider_fees"] == 175


async def test_the_tax_comes_back_with_the_share(database, world, till, taxed, owner_account):
    """So the next statement names no tax of the last one."""
    booking = await world.paid_booking(taxed, till.customer, days_ahead=20)
    await take_place(world, till.worker, booking)
    await pay_out(till.worker)
    await grant(taxed.owner, booking, till.customer, 2500)
    await till.worker.run()
    assert await balance(taxed) == {}
    assert await ledger(database) == {"gateway_clearing": 600, "platform_revenue": -600}
