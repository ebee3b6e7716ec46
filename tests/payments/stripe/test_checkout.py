"""From hold to confirmed with Stripe's own SDK, and what may come between."""

import itertools
from datetime import datetime, timedelta

import pytest

from src.core.clock import utc_now
from tests.factories.world import created, ok, problem, wish
from tests.support.fakes.server import Fault


async def test_a_customer_pays_on_stripes_page(till, studio):
    ref = await till.open()
    session = till.stripe.sessions[ref]
    assert (session["amount_total"], session["currency"]) == (10000, "gbp")
    assert session["metadata"]["installation"] == "http://test"
    till.stripe.pay(ref)
    assert await till.status() == "pending"
    await till.hear()
    assert await till.status() == "confirmed"
    assert await till.charges() == ["succeeded"]
    assert await till.notices() == [("checkout.session.completed", "done")]
    assert len(till.worker.mailbox.to(till.customer.email)) == 1


async def test_both_gateways_are_offered(till):
    answer = await till.customer.post(f"{till.path}/checkout", {"gateway": "square"})
    assert problem(answer, 422, "gateway_not_offered")["offered"] == ["sandbox", "stripe"]


async def test_asking_again_gives_the_same_page(till):
    assert await till.open() == await till.open()
    assert len(till.stripe.effects("/sessions")) == 1


async def test_the_page_would_outlive_the_hold_and_is_closed_before_it_ends(till, world):
    """Stripe's sessions last half an hour at least; the answer says when the hold ends, and so does the page."""
    await till.execute("UPDATE bookings SET expires_at = clock_timestamp() + interval '10 minutes'")
    opened = await created(till.ask())
    assert datetime.fromisoformat(opened["expires_at"]) < utc_now() + timedelta(minutes=11)
    (session,) = till.stripe.sessions.values()
    assert session["expires_at"] > (utc_now() + timedelta(minutes=30)).timestamp()
    await till.reconcile()
    assert session["status"] == "open"
    await till.execute("UPDATE bookings SET expires_at = clock_timestamp() + interval '15 seconds'")
    await till.reconcile()
    assert session["status"] == "expired"
    assert await till.charges() == ["failed"]
    assert await till.status() == "pending"


async def test_it_is_asked_about_in_time(till):
    """Whatever the webhooks do: a minute after the start, every two minutes, and before the hold ends."""
    await till.open()
    asked = "SELECT due_at BETWEEN now() + interval '50 s' AND now() + interval '70 s' FROM charges"
    assert (await till.execute(asked)).scalar_one()
    await till.reconcile()
    later = "SELECT due_at BETWEEN now() + interval '110 s' AND now() + interval '130 s' FROM charges"
    assert (await till.execute(later)).scalar_one()
    await till.execute("UPDATE bookings SET expires_at = clock_timestamp() + interval '60 s'")
    await till.execute("UPDATE charges SET expires_at = (SELECT expires_at FROM bookings)")
    await till.reconcile()
    last = "SELECT due_at BETWEEN now() + interval '30 s' AND now() + interval '45 s' FROM charges"
    assert (await till.execute(last)).scalar_one()


async def test_a_payment_whose_webhook_never_comes_is_found(till):
    till.stripe.pay(await till.open())
    await till.reconcile()
    assert await till.status() == "confirmed"


async def test_a_session_that_ended_by_itself_makes_room_for_another(till):
    first = await till.open()
    till.stripe.time_out(first)
    await till.hear()
    assert await till.charges() == ["failed"]
    assert await till.open() != first


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
async def test_every_order_of_a_payments_events_with_repeats_ends_alike(till, order):
    ref = await till.open()
    till.stripe.pay_slowly(ref)
    till.stripe.decide(ref, is_paid=True)
    till.stripe.tell("checkout.session.expired", till.stripe.sessions[ref])
    events, till.stripe.events = till.stripe.events, []
    for position in (*order, *order):
        await till.hear([events[position]])
    assert await till.status() == "confirmed"
    assert await till.charges() == ["succeeded"]
    assert await till.refunds() == []
    assert len(await till.notices()) == 3


async def test_a_webhook_before_we_have_written_anything_down(till):
    """Race 10: as if the customer were faster than our commit."""
    ref = await till.open()
    await till.execute("UPDATE charges SET gateway_ref = NULL, checkout_url = NULL")
    till.stripe.pay(ref)
    await till.hear()
    assert await till.status() == "confirmed"


@pytest.mark.parametrize("fault", [Fault.LOST_REQUEST, Fault.LOST_ANSWER, Fault.TOO_MANY, Fault.BROKEN])
async def test_a_fault_on_the_way_makes_no_second_session(till, fault):
    till.stripe.faults = [fault, fault]  # the SDK tries twice
    problem(await till.ask(), 503, "temporarily_unavailable")
    till.stripe.faults = []
    await till.open()
    assert len(till.stripe.sessions) == 1
    assert await till.charges() == ["open"]


@pytest.mark.parametrize("is_paid", [False, True])
async def test_a_cut_off_checkout_is_found_again(till, is_paid):
    """We died after Stripe's answer: the reconciler looks for the session by its metadata."""
    till.stripe.faults = [Fault.LOST_ANSWER, Fault.LOST_ANSWER]
    problem(await till.ask(), 503, "temporarily_unavailable")
    (ref,) = till.stripe.sessions
    if is_paid:
        till.stripe.pay(ref)
        till.stripe.events = []
    await till.reconcile()
    assert await till.status() == ("confirmed" if is_paid else "pending")
    if not is_paid:
        assert await till.open() == ref


async def test_a_checkout_that_never_reached_stripe_is_given_up(till):
    till.stripe.faults = [Fault.LOST_REQUEST, Fault.LOST_REQUEST]
    problem(await till.ask(), 503, "temporarily_unavailable")
    await till.reconcile()
    assert await till.charges() == ["failed"]
    await till.open()
    assert await till.charges() == ["failed", "open"]


async def test_a_refused_checkout_is_over(till):
    await till.execute(
        "UPDATE bookings SET total_amount = 10, platform_fee_amount = 0, tax_amount = 0"
    )  # less than Stripe takes
    problem(await till.ask(), 503, "temporarily_unavailable")
    assert await till.charges() == ["failed"]
    await till.execute("UPDATE bookings SET total_amount = 10000")


async def test_the_hold_stays_while_the_provider_decides(till, world):
    ref = await till.open()
    await till.execute("UPDATE bookings SET expires_at = clock_timestamp() + interval '15 seconds'")
    await till.execute("UPDATE occupancies SET expires_at = clock_timestamp() + interval '15 seconds'")
    till.stripe.pay_slowly(ref)
    await till.hear()
    held = await ok(till.customer.get(till.path))
    assert held["status"] == "pending"
    left = datetime.fromisoformat(held["expires_at"]) - utc_now()
    assert timedelta(minutes=4) < left <= timedelta(minutes=5)
    occupied = "SELECT expires_at > clock_timestamp() + interval '4 minutes' FROM occupancies"
    assert (await till.execute(occupied)).scalar_one()
    till.stripe.decide(ref, is_paid=True)
    await till.hear()
    assert await till.status() == "confirmed"


async def test_the_hold_does_not_stay_for_ever(till):
    ref = await till.open()
    await till.execute("UPDATE bookings SET created_at = now() - interval '25 hours'")
    before = (await ok(till.customer.get(till.path)))["expires_at"]
    till.stripe.pay_slowly(ref)
    await till.hear()
    assert (await ok(till.customer.get(till.path)))["expires_at"] == before


async def test_a_slow_payment_that_fails_frees_the_way_for_another(till):
    ref = await till.open()
    till.stripe.pay_slowly(ref)
    till.stripe.decide(ref, is_paid=False)
    await till.hear()
    assert await till.charges() == ["failed"]
    assert await till.status() == "pending"


async def test_a_slow_payment_too_late_goes_back(till, world, studio):
    ref = await till.open()
    till.stripe.pay_slowly(ref)
    await world.let_hold_end(till.booking)
    await created((await world.person()).post("/bookings", wish(studio)))
    till.stripe.decide(ref, is_paid=True)
    await till.hear()
    assert await till.status() == "expired"
    assert await till.refunds() == [("succeeded", "paid_too_late", 10000)]
    assert till.stripe.returned() == till.stripe.received() == 10000


async def test_of_two_paid_pages_the_first_counts_and_the_second_goes_back(till, world):
    """Race 4: Stripe in one tab, another gateway in the other."""
    ref = await till.open()
    await world.pay(till.customer, till.booking)
    till.stripe.pay(ref)
    await till.hear()
    assert await till.status() == "confirmed"
    assert await till.refunds() == [("succeeded", "paid_too_late", 10000)]
    assert till.stripe.returned() == 10000


async def test_a_confirmed_booking_closes_its_other_page(till, world):
    ref = await till.open()
    await world.pay(till.customer, till.booking)
    await till.worker.run()
    assert till.stripe.sessions[ref]["status"] == "expired"
    assert await till.charges() == ["failed", "succeeded"]


async def test_cancelling_closes_the_page(till):
    ref = await till.open()
    await ok(till.customer.post(f"{till.path}/cancel"))
    await till.worker.run()
    assert till.stripe.sessions[ref]["status"] == "expired"
    assert await till.charges() == ["failed"]


async def test_cancelling_against_a_payment_in_flight_sends_it_back(till):
    """Race 6: paid at the moment of the cancellation, and told before or after."""
    ref = await till.open()
    till.stripe.pay(ref)
    await ok(till.customer.post(f"{till.path}/cancel"))
    await till.hear()
    assert await till.status() == "cancelled"
    assert await till.refunds() == [("succeeded", "paid_too_late", 10000)]


async def test_another_amount_than_ours_is_for_a_person(till):
    ref = await till.open()
    till.stripe.sessions[ref]["amount_total"] = 1
    till.stripe.pay(ref)
    await till.hear()
    assert await till.notices() == [("checkout.session.completed", "unknown")]
    assert await till.status() == "pending"
    till.stripe.reset()
    await till.execute("DELETE FROM webhook_notices")
