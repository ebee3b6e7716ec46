"""Disputes of which no webhook tells: beat asks Stripe."""

import pytest

from src.payments.disputes.reconcile import reconcile_disputes
from tests.factories.world import ok
from tests.payments.payouts.support import balance, ledger, take_place
from tests.support.fakes.server import Fault


@pytest.fixture
async def payment_ref(till):
    """100.00, paid at Stripe."""
    await till.pay()
    (ref,) = till.stripe.intents
    return ref


async def ask(till):
    """An hour has passed, and Stripe's notices of it were lost."""
    till.stripe.events.clear()
    await till.execute("UPDATE disputes SET due_at = clock_timestamp()")
    heard = await reconcile_disputes(till.database, settings=till.settings)
    await till.worker.run()
    return heard


async def disputes(till):
    found = await till.execute("SELECT gateway_ref, status, is_withdrawn FROM disputes ORDER BY id")
    return [tuple(row) for row in found]


async def test_a_dispute_is_learnt_of(till, payment_ref):
    ref = till.stripe.dispute(payment_ref)
    assert await ask(till) == 1
    assert await disputes(till) == [(ref, "open", True)]
    assert await ledger(till.database) == {"customer_deposits": -10000, "disputed": 10000}


@pytest.mark.parametrize(
    ("outcome", "books"),
    [("won", {"gateway_clearing": 10000, "customer_deposits": -10000}), ("lost", {})],
)
async def test_a_dispute_that_is_open_here_is_asked_about(till, payment_ref, outcome, books):
    """Also one that was opened so long ago that it is in no list."""
    ref = till.stripe.dispute(payment_ref, days_ago=90)
    await till.hear()
    till.stripe.decide_dispute(ref, outcome)
    assert await ask(till) == 1
    assert [status for _, status, _ in await disputes(till)] == [outcome]
    assert await ledger(till.database) == books


async def test_a_dispute_that_was_opened_and_lost_in_silence(till, payment_ref, world, studio):
    await take_place(world, till.worker, till.booking)
    till.stripe.dispute_fee = 1500
    till.stripe.decide_dispute(till.stripe.dispute(payment_ref), "lost")
    await ask(till)
    assert await ledger(till.database) == {"gateway_clearing": -1500, "provider_fees": 1500}
    assert await balance(studio) == {}
    assert (await ok(till.customer.get(till.path)))["returned"]["amount"] == 10000


async def test_a_refund_that_waited_for_a_dispute_goes_out_when_it_turns_out_to_be_won(till, payment_ref):
    ref = till.stripe.dispute(payment_ref)
    await till.hear()
    await ok(till.customer.post(f"{till.path}/cancel"))
    till.stripe.decide_dispute(ref, "won")
    await ask(till)
    assert await till.refunds() == [("succeeded", "cancelled", 10000)]


async def test_what_is_told_and_asked_counts_once(till, payment_ref):
    ref = till.stripe.dispute(payment_ref)
    opened = list(till.stripe.events)
    await ask(till)
    await till.hear(opened)
    till.stripe.decide_dispute(ref, "lost")
    decided = list(till.stripe.events)
    await ask(till)
    await till.hear(decided)
    await till.hear([event | {"id": f"again_{event['id']}"} for event in opened])
    assert await disputes(till) == [(ref, "lost", True)]
    assert await ledger(till.database) == {}
    assert await ask(till) == 0


async def test_open_ones_are_asked_about_once_an_hour(till, payment_ref):
    ref = till.stripe.dispute(payment_ref)
    await till.hear()
    await ask(till)
    till.stripe.calls.clear()
    assert await reconcile_disputes(till.database, settings=till.settings) == 0
    assert [call.path for call in till.stripe.calls] == ["/v1/disputes"]
    assert await disputes(till) == [(ref, "open", True)]


async def test_disputes_of_other_installations_are_left_alone(till, payment_ref):
    till.stripe.intents["pi_other"] = {"id": "pi_other", "amount": 500, "currency": "gbp"}
    till.stripe.dispute("pi_other")
    ours = till.stripe.dispute(payment_ref)
    await ask(till)
    assert [ref for ref, _, _ in await disputes(till)] == [ours]


async def test_while_stripe_does_not_answer_nothing_happens(till, payment_ref):
    ref = till.stripe.dispute(payment_ref)
    till.stripe.next_fault = lambda _: Fault.TOO_MANY
    assert await ask(till) == 0
    till.stripe.next_fault = lambda _: None
    assert await ask(till) == 1
    till.stripe.decide_dispute(ref, "won")
    till.stripe.next_fault = lambda request: Fault.BROKEN if request.url.path.endswith(ref) else None
    await ask(till)
    assert await disputes(till) == [(ref, "open", True)]


async def test_a_list_that_breaks_off_is_asked_for_again(till, payment_ref):
    """The oldest is on the second page of a hundred."""
    ref = till.stripe.dispute(payment_ref)
    till.stripe.disputes |= {
        f"dp_{number}": till.stripe.disputes[ref] | {"id": f"dp_{number}", "payment_intent": "pi_other"}
        for number in range(100)
    }
    till.stripe.next_fault = lambda request: (
        Fault.BROKEN if "starting_after" in request.query_params else None
    )
    assert await ask(till) == 0
    till.stripe.next_fault = lambda _: None
    await ask(till)
    assert await disputes(till) == [(ref, "open", True)]


async def test_a_dispute_that_stripe_no_longer_knows_keeps_no_other_from_being_asked_about(till, payment_ref):
    forgotten = till.stripe.dispute(payment_ref, amount=1000)
    second = till.stripe.dispute(payment_ref, amount=2000)
    await till.hear()
    del till.stripe.disputes[forgotten]
    till.stripe.decide_dispute(second, "won")
    await ask(till)
    assert set(await disputes(till)) == {(forgotten, "open", True), (second, "won", False)}
