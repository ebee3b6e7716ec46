"""A booking that is paid gets another time: what is due changes, and with it which pages may be open."""

import pytest

from src import invariants
from tests.factories.world import Studio, ok, problem, wish
from tests.payments.stripe.support import Till


@pytest.fixture(autouse=True)
async def paid(books, world, till, session):
    """By another gateway: 100.00 from 12 to 14."""
    await world.pay(till.customer, till.booking)
    await till.worker.run()
    yield
    await till.worker.run()
    assert await invariants.check(session) == {}


async def ask_for(till: Till, studio: Studio, *, hours: int) -> None:
    times = wish(studio, hour=16, hours=hours)
    body = {"starts_at": times["starts_at"], "ends_at": times["ends_at"]}
    await ok(till.customer.post(f"{till.path}/reschedule", body))


async def withdraw(till: Till) -> None:
    await ok(till.customer.post(f"{till.path}/reschedule/decline"))


def state(till: Till, ref: str) -> tuple[str, int]:
    session = till.stripe.sessions[ref]
    return session["status"], session["amount_total"]


async def paid_amount(till: Till) -> int:
    return int((await ok(till.customer.get(till.path)))["paid"]["amount"])


async def test_the_difference_is_paid_at_stripe(till, studio):
    await ask_for(till, studio, hours=3)
    ref = await till.open()
    await till.reconcile()
    assert state(till, ref) == ("open", 5000)
    till.stripe.pay(ref)
    await till.hear()
    assert await paid_amount(till) == 15000
    assert await till.refunds() == []


async def test_the_page_of_a_time_that_is_withdrawn_closes(till, studio):
    await ask_for(till, studio, hours=3)
    ref = await till.open()
    await withdraw(till)
    await till.worker.run()
    assert state(till, ref) == ("expired", 5000)
    assert await till.charges() == ["succeeded", "failed"]


async def test_who_asks_for_a_page_again_pays_what_is_due_now(till, studio):
    """Before any worker has heard of it."""
    await ask_for(till, studio, hours=3)
    first = await till.open()
    await withdraw(till)
    await ask_for(till, studio, hours=4)
    second = await till.open()
    assert (state(till, first), state(till, second)) == (("expired", 5000), ("open", 10000))
    assert await till.charges() == ["succeeded", "failed", "open"]
    till.stripe.pay(second)
    await till.hear()
    assert await paid_amount(till) == 20000


async def test_a_page_that_was_paid_for_another_time_pays_its_money_back(till, studio):
    await ask_for(till, studio, hours=3)
    first = await till.open()
    await withdraw(till)
    await ask_for(till, studio, hours=4)
    till.stripe.pay(first)
    await till.open()
    await till.hear()
    assert await till.refunds() == [("succeeded", "paid_too_late", 5000)]
    assert await paid_amount(till) == 10000


async def test_while_a_payment_of_another_time_is_being_decided_there_is_no_other(till, studio):
    await ask_for(till, studio, hours=3)
    first = await till.open()
    till.stripe.pay_slowly(first)
    await withdraw(till)
    await ask_for(till, studio, hours=4)
    problem(await till.ask(), 409, "payment_undecided")
    till.stripe.decide(first, is_paid=False)
    await till.hear()
    assert state(till, await till.open()) == ("open", 10000)


async def test_a_page_lasts_no_longer_than_the_gateway_lets_it(till, studio):
    await ask_for(till, studio, hours=3)
    await till.execute("UPDATE booking_proposals SET expires_at = now() + interval '3 days'")
    await till.execute(
        "UPDATE occupancies SET expires_at = now() + interval '3 days' WHERE expires_at IS NOT NULL"
    )
    ref = await till.open()
    assert till.stripe.sessions[ref]["expires_at"] - till.stripe.sessions[ref]["created"] <= 24 * 3600
