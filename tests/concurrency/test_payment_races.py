"""A payment against the sweep, the next customer and a cancellation: with commits, and without luck."""

import asyncio
from itertools import count

import pytest
from sqlalchemy import select, text

from src import invariants
from src.bookings import repository
from src.bookings.models import Booking
from src.bookings.service import holdings
from tests.concurrency.test_booking_races import stage
from tests.factories.world import created, ok, wish
from tests.support.pause import Pause

_numbers = count(1)


@pytest.fixture
async def real(settings):
    """A database for each: what a negative control leaves behind is not sound."""
    async with stage(settings, f"payment_races_{next(_numbers)}") as real:
        yield real


async def open_checkout(real):
    studio, customer = await real.world.studio(), await real.world.person()
    booking = await real.world.held_booking(studio, customer)
    checkout = await created(customer.post(f"/bookings/{booking['id']}/checkout", {"gateway": "sandbox"}))
    return studio, customer, booking, checkout["url"]


async def outcome(real, customer, booking):
    """Its status, what is paid, and the refunds that were decided."""
    after = await ok(customer.get(f"/bookings/{booking['id']}"))
    refunds = text(
        "SELECT refunds.amount FROM refunds JOIN charges ON charges.id = refunds.charge_id WHERE booking_id = :id"
    )
    async with real.world.database.reading() as session:
        decided = list(await session.scalars(refunds, {"id": booking["id"]}))
    return after["status"], after["paid"]["amount"], decided


async def sweep_against_payment(real, monkeypatch):
    """The sweep has found the hold when the payment comes."""
    _, customer, booking, url = await open_checkout(real)
    await real.world.let_hold_end(booking)
    found = Pause(monkeypatch, repository, "lapsed_holds", after=True)
    sweep = asyncio.create_task(real.worker.expire_holds())
    await found.reached_by(sweep)
    payment = asyncio.create_task(real.world.client.post(f"{url}/pay"))
    await asyncio.wait({payment}, timeout=1)
    found.go_on.set()
    await asyncio.gather(payment, sweep)
    return await outcome(real, customer, booking)


async def test_a_payment_waits_for_the_sweep_and_revives_the_booking(real, monkeypatch):
    assert await sweep_against_payment(real, monkeypatch) == ("confirmed", 10000, [])
    await real.assert_sound()


async def test_without_its_lock_the_sweep_would_end_a_paid_booking(real, monkeypatch):
    async def find_without_lock(session, *, limit, event_id=None):
        return (await session.scalars(select(Booking).where(repository.has_lapsed()))).all()

    monkeypatch.setattr(repository, "lapsed_holds", find_without_lock)
    assert await sweep_against_payment(real, monkeypatch) == ("expired", 10000, [])


async def payment_against_next_customer(real, monkeypatch):
    """The payment is past every look at the booking when somebody else takes the time."""
    studio, customer, booking, url = await open_checkout(real)
    rival = await real.world.person()
    await real.world.let_hold_end(booking)
    await real.worker.expire_holds()
    before_claim = Pause(monkeypatch, holdings, "secure")
    payment = asyncio.create_task(real.world.client.post(f"{url}/pay"))
    await before_claim.reached_by(payment)
    await created(rival.post("/bookings", wish(studio)))
    before_claim.go_on.set()
    await payment
    return await outcome(real, customer, booking)


async def test_who_pays_too_late_for_a_taken_time_gets_all_of_it_back_once(real, monkeypatch):
    assert await payment_against_next_customer(real, monkeypatch) == ("expired", 0, [10000])
    await real.assert_sound()


async def test_without_winning_the_time_again_two_would_have_it(real, monkeypatch):
    async def take_for_granted(session, booking):
        return True

    monkeypatch.setattr(holdings, "secure", take_for_granted)
    assert await payment_against_next_customer(real, monkeypatch) == ("confirmed", 10000, [])
    async with real.world.database.transaction() as session:
        assert await invariants.check(session) != {}


async def test_who_pays_late_for_a_free_time_has_it_and_nothing_goes_back(real):
    _, customer, booking, url = await open_checkout(real)
    await real.world.let_hold_end(booking)
    await real.worker.expire_holds()
    await asyncio.gather(*(real.world.client.post(f"{url}/pay") for _ in range(3)))
    assert await outcome(real, customer, booking) == ("confirmed", 10000, [])
    await real.assert_sound()


async def cancellation_against_payment(real, monkeypatch):
    """The cancellation has looked at an unpaid booking when the payment comes."""
    _, customer, booking, url = await open_checkout(real)
    looked = Pause(monkeypatch, repository, "get_status_now", after=True)
    cancellation = asyncio.create_task(customer.post(f"/bookings/{booking['id']}/cancel"))
    await looked.reached_by(cancellation)
    payment = asyncio.create_task(real.world.client.post(f"{url}/pay"))
    await asyncio.wait({payment}, timeout=1)
    looked.go_on.set()
    await asyncio.gather(cancellation, payment)
    await real.worker.run()
    return await outcome(real, customer, booking)


async def test_a_payment_in_flight_of_a_cancelled_booking_goes_back_once(real, monkeypatch):
    assert await cancellation_against_payment(real, monkeypatch) == ("cancelled", 0, [10000])
    await real.assert_sound()


async def test_without_the_lock_of_the_row_the_money_would_be_kept(real, monkeypatch):
    async def find_without_lock(session, booking_id):
        return await session.get(Booking, booking_id, populate_existing=True)

    monkeypatch.setattr(repository, "find_locked", find_without_lock)
    assert await cancellation_against_payment(real, monkeypatch) == ("cancelled", 10000, [])
