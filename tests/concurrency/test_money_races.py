"""Two who move the same money at once: one right outcome, and what it would be without the guard. With commits."""

import asyncio
from datetime import timedelta
from itertools import count

import pytest
from pydantic import SecretStr
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from src import invariants
from src.bookings import repository as bookings_repository
from src.bookings import service as bookings
from src.bookings.models import Booking
from src.bookings.service import holdings
from src.payments import ledger, repository, service
from src.payments.gateways.base import CheckoutState, CheckoutStatus, MoneyStatus, RefundState
from src.payments.models import Charge
from src.payments.payouts import repository as payouts_repository
from src.payments.payouts import service as payouts
from tests.concurrency.test_booking_races import outcomes, stage
from tests.concurrency.test_payment_races import open_checkout, outcome
from tests.factories.world import ok
from tests.support.pause import Pause

_numbers = count(1)

BESIDE = """
INSERT INTO charges (booking_id, company_id, gateway, gateway_ref, amount, currency, expires_at)
SELECT id, company_id, 'stripe', 'cs_1', 10000, 'GBP', expires_at FROM bookings WHERE id = :id RETURNING id
"""
ACCOUNT = "INSERT INTO payment_accounts (company_id, gateway, ref, status) VALUES (:id, 'stripe', 'acct_1', 'active')"


@pytest.fixture
async def real(settings):
    """A database for each: what a negative control leaves behind is not sound."""
    async with stage(settings, f"money_races_{next(_numbers)}") as real:
        yield real


async def execute(real, statement, **values):
    async with real.world.database.transaction() as session:
        return await session.execute(text(statement), values)


async def both(first, second, pause):
    """The second begins when the first has stopped, and ends before it if nothing keeps it from that."""
    first = asyncio.create_task(first)
    await pause.reached_by(first)
    second = asyncio.create_task(second)
    await asyncio.wait({second}, timeout=0.7)
    pause.go_on.set()
    return await asyncio.gather(first, second)


def unlocked_bookings(monkeypatch):
    async def find_without_lock(session, booking_id):
        return await session.get(Booking, booking_id, populate_existing=True)

    monkeypatch.setattr(bookings_repository, "find_locked", find_without_lock)


def unlocked_charges(monkeypatch):
    async def find_without_lock(session, charge_id):
        return await session.get(Charge, charge_id, populate_existing=True)

    monkeypatch.setattr(repository, "find_locked", find_without_lock)


# Race 4: two paid pages of one booking.


async def two_pages(real, monkeypatch):
    _, customer, booking, url = await open_checkout(real)
    charge_id = (await execute(real, BESIDE, id=booking["id"])).scalar_one()
    state = CheckoutState(charge_id, "cs_1", CheckoutStatus.PAID, 10000, "GBP", payment_ref="pi_1")

    async def second_payment():
        async with real.world.database.transaction() as session:
            await service.apply_state(session, gateway="stripe", state=state)

    won = Pause(monkeypatch, holdings, "secure")
    await both(real.world.client.post(f"{url}/pay"), second_payment(), won)
    return await outcome(real, customer, booking)


async def test_of_two_paid_pages_the_first_counts_and_the_second_goes_back(real, monkeypatch):
    assert await two_pages(real, monkeypatch) == ("confirmed", 10000, [10000])
    async with real.world.database.transaction() as session:
        assert await invariants.check(session) == {}


async def test_without_the_lock_of_the_booking_both_would_be_kept(real, monkeypatch):
    unlocked_bookings(monkeypatch)
    assert await two_pages(real, monkeypatch) == ("confirmed", 10000, [])
    async with real.world.database.transaction() as session:
        assert "captured money was taken for the booking or came too late" in await invariants.check(session)


# Race 5: the browser comes back and the webhook arrives.


async def told_twice(real, monkeypatch):
    _, customer, booking, _ = await open_checkout(real)
    (found,) = (await execute(real, "SELECT id, gateway_ref FROM charges")).all()
    state = CheckoutState(found.id, found.gateway_ref, CheckoutStatus.PAID, 10000, "GBP")

    async def learn():
        async with real.world.database.transaction() as session:
            await service.apply_state(session, gateway="sandbox", state=state)

    before_posting = Pause(monkeypatch, ledger, "post_capture")
    await both(learn(), learn(), before_posting)
    return await outcome(real, customer, booking)


async def test_a_payment_that_is_told_twice_at_once_counts_once(real, monkeypatch):
    assert await told_twice(real, monkeypatch) == ("confirmed", 10000, [])
    await real.assert_sound()


async def test_without_the_lock_of_the_charge_only_the_ledger_would_notice(real, monkeypatch):
    unlocked_charges(monkeypatch)
    with pytest.raises(IntegrityError, match="uq_ledger_transactions_source"):
        await told_twice(real, monkeypatch)


# Race 7: a refund against a refund.


async def two_refunds(real, monkeypatch):
    studio, customer = await real.world.studio(), await real.world.person()
    booking = await real.world.paid_booking(studio, customer)
    (charge,) = (await ok(customer.get(f"/bookings/{booking['id']}/payments")))["charges"]
    path, body = f"/payments/{charge['id']}/refunds", {"amount": 6000}
    before_booking = Pause(monkeypatch, bookings, "give_back")
    answers = await both(studio.owner.post(path, body), studio.owner.post(path, body), before_booking)
    amounts = (await execute(real, "SELECT amount FROM refunds")).scalars().all()
    return outcomes(answers), amounts


async def test_of_two_refunds_that_are_too_much_together_one_is_made(real, monkeypatch):
    assert await two_refunds(real, monkeypatch) == (["not_refundable", "ok"], [6000])
    await real.assert_sound()


async def test_without_lock_and_constraint_more_would_go_back_than_was_paid(real, monkeypatch):
    async def forget_the_booking(session, *, booking_id, amount):
        return None

    unlocked_charges(monkeypatch)
    monkeypatch.setattr(bookings, "give_back", forget_the_booking)
    assert await two_refunds(real, monkeypatch) == (["ok", "ok"], [6000, 6000])
    async with real.world.database.transaction() as session:
        assert "no more is refunded than was captured" in await invariants.check(session)


# Race 8: a payout against money that goes back.


async def payout_against_refund(real, monkeypatch):
    """The payout has counted what is owed when the owner gives half of it back."""
    studio, customer = await real.world.studio(), await real.world.person()
    booking = await real.world.paid_booking(studio, customer)
    await real.world.let_it_end(booking, ago=timedelta(days=4))
    await real.worker.complete_past_bookings()
    await real.worker.run()
    await execute(real, ACCOUNT, id=studio.company["id"])
    (charge,) = (await ok(customer.get(f"/bookings/{booking['id']}/payments")))["charges"]
    settings = real.world.settings.model_copy(update={"stripe_secret_key": SecretStr("sk_test_x")})
    counted = Pause(monkeypatch, payouts_repository, "list_due_items", after=True)
    await both(
        payouts.create_due(real.world.database, settings=settings),
        studio.owner.post(f"/payments/{charge['id']}/refunds", {"amount": 5000}),
        counted,
    )
    sent = (await execute(real, "SELECT amount FROM transfers")).scalars().all()
    back = (await execute(real, "SELECT amount FROM transfer_reversals")).scalars().all()
    (balance,) = (await ok(studio.owner.get(f"/companies/{studio.company['id']}/balance")))["balances"]
    async with real.world.database.transaction() as session:
        assert await invariants.check(session) == {}
    return sent, back, balance["available"]["amount"]


async def test_a_refund_waits_for_the_payout_and_takes_its_share_back(real, monkeypatch):
    assert await payout_against_refund(real, monkeypatch) == ([9000], [4500], 0)


async def test_without_the_lock_of_the_charges_the_owner_would_keep_it(real, monkeypatch):
    async def find_without_lock(session, terms, *, company_id, currency):
        return (await session.scalars(select(Charge.id).where(Charge.company_id == company_id))).all()

    monkeypatch.setattr(payouts_repository, "lock_due_charges", find_without_lock)
    assert await payout_against_refund(real, monkeypatch) == ([9000], [], -4500)


async def no_show_against_cancellation(real, monkeypatch):
    """The one leads to a payout, the other to a refund of everything."""
    studio, customer = await real.world.studio(), await real.world.person()
    booking = await real.world.paid_booking(studio, customer)
    await real.world.let_it_begin(booking, ago=timedelta(minutes=10))
    path = f"/bookings/{booking['id']}"
    looked = Pause(monkeypatch, bookings_repository, "get_status_now", after=True)
    answers = await both(studio.owner.post(f"{path}/no-show"), studio.owner.post(f"{path}/cancel"), looked)
    await real.worker.run()
    *_, refunds = await outcome(real, customer, booking)
    return outcomes(answers), refunds


async def test_a_booking_is_earned_or_cancelled_and_never_both(real, monkeypatch):
    assert await no_show_against_cancellation(real, monkeypatch) == (["illegal_move", "ok"], [])
    await real.assert_sound()


async def test_without_the_lock_of_the_booking_it_would_be_both(real, monkeypatch):
    unlocked_bookings(monkeypatch)
    codes, refunds = await no_show_against_cancellation(real, monkeypatch)
    assert (codes, refunds) == (["ok", "ok"], [10000])


async def test_two_beats_make_one_payout(real):
    studio, customer = await real.world.studio(), await real.world.person()
    booking = await real.world.paid_booking(studio, customer)
    await real.world.let_it_end(booking, ago=timedelta(days=4))
    await real.worker.complete_past_bookings()
    await real.worker.run()
    assert sum(await asyncio.gather(*(real.worker.create_payouts() for _ in range(4)))) == 1
    await real.assert_sound()


# Race 7: a gateway tells of a refund while the bank disputes its charge.


async def test_what_becomes_of_a_refund_waits_for_its_charge_and_keeps_nobody_from_the_refund(real):
    """Whoever has the charge gets its refunds: there is one order of locks, and so no deadlock."""
    studio, _, _, url = await open_checkout(real)
    await real.world.client.post(f"{url}/pay")
    (charge,) = (await execute(real, "SELECT id, gateway FROM charges")).all()
    granted = await studio.owner.post(f"/payments/{charge.id}/refunds", {"amount": 1000})
    assert granted.status_code == 201, granted.text
    state = RefundState(ref="re_1", status=MoneyStatus.SUCCEEDED, refund_id=granted.json()["id"])

    async def settle():
        async with real.world.database.transaction() as session:
            await service.apply_state(session, gateway=charge.gateway, state=state)

    async with real.world.database.transaction() as disputing:
        await repository.find_locked(disputing, charge.id)
        settling = asyncio.create_task(settle())
        await asyncio.wait({settling}, timeout=0.5)
        (refund,) = await repository.list_pending_refunds(disputing, charge.id)
        assert refund.id == state.refund_id
    await settling
    assert (await execute(real, "SELECT status FROM refunds")).scalar_one() == "succeeded"
