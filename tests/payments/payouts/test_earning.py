"""Whose money it is, from the payment to the payout: every account, at every step."""

from datetime import timedelta

import pytest

from src.payments import service
from tests.factories.world import created, ok, wish
from tests.payments.payouts.support import (
    LONG_AGO,
    balance,
    execute,
    grant,
    ledger,
    pay_out,
    payouts,
    take_place,
)


async def test_until_the_booking_has_taken_place_it_is_the_customers(
    database, studio, customer, booking, world
):
    await world.pay(customer, booking)
    assert await ledger(database) == {"gateway_clearing": 10000, "customer_deposits": -10000}
    assert await balance(studio) == {"deposits": 10000}


async def test_then_it_is_the_owners_the_tax_offices_and_ours(database, taxed, customer, world, worker):
    booking = await world.paid_booking(taxed, customer)
    await take_place(world, worker, booking, ago=timedelta(hours=1))
    assert await ledger(database) == {
        "gateway_clearing": 10000, "platform_revenue": -800, "tax": -2000, "owner_payable": -7200,
    }  # fmt: skip
    assert await balance(taxed) == {"pending": 9200, "tax": 2000}


async def test_a_no_show_is_earned_too(database, studio, customer, world, worker):
    booking = await world.paid_booking(studio, customer)
    await world.let_it_begin(booking, ago=timedelta(hours=1))
    await ok(studio.owner.post(f"/bookings/{booking['id']}/no-show"))
    await worker.run()
    assert await balance(studio) == {"pending": 9000}


async def test_a_no_show_that_is_taken_back_moves_no_money_paid_out_or_not(
    database, studio, customer, world, worker
):
    booking = await world.paid_booking(studio, customer)
    await world.let_it_begin(booking, ago=LONG_AGO)
    await ok(studio.owner.post(f"/bookings/{booking['id']}/no-show"))
    await worker.run()
    assert await pay_out(worker) == 1
    before = await ledger(database)
    taken_back = await ok(studio.owner.post(f"/bookings/{booking['id']}/no-show/take-back"))
    await worker.run()
    assert taken_back["status"] == "completed"
    assert await ledger(database) == before
    assert await payouts(studio) == [("pending", 9000)]


async def test_a_booking_that_goes_on_after_a_no_show_can_still_be_paid_back(
    database, studio, customer, world, worker
):
    booking = await world.paid_booking(studio, customer)
    await world.let_it_begin(booking, ago=timedelta(minutes=10))
    await ok(studio.owner.post(f"/bookings/{booking['id']}/no-show"))
    await worker.run()
    await ok(studio.owner.post(f"/bookings/{booking['id']}/no-show/take-back"))
    await ok(studio.owner.post(f"/bookings/{booking['id']}/cancel"))
    await worker.run()
    assert await ledger(database) == {}
    assert await balance(studio) == {}


async def test_of_a_cancelled_booking_what_is_kept_is_earned(database, taxed, customer, world, worker):
    booking = await world.paid_booking(taxed, customer, days_ahead=2)  # moderate: half goes back
    await execute(database, "UPDATE bookings SET created_at = created_at - interval '2 hours'")
    await ok(customer.post(f"/bookings/{booking['id']}/cancel"))
    await worker.run()
    assert await ledger(database) == {
        "gateway_clearing": 5000, "platform_revenue": -400, "tax": -1000, "owner_payable": -3600,
    }  # fmt: skip


async def test_what_is_granted_back_later_everybody_gives_up_in_proportion(
    database, taxed, customer, world, worker
):
    booking = await world.paid_booking(taxed, customer)
    await take_place(world, worker, booking)
    await grant(taxed.owner, booking, customer, 2500)
    assert await ledger(database) == {
        "gateway_clearing": 10000, "refunds": -2500,
        "platform_revenue": -600, "tax": -1500, "owner_payable": -5400,
    }  # fmt: skip
    await worker.run()
    assert await ledger(database) == {
        "gateway_clearing": 7500, "platform_revenue": -600, "tax": -1500, "owner_payable": -5400,
    }  # fmt: skip
    assert await balance(taxed) == {"available": 6900, "tax": 1500}


async def test_parts_that_do_not_divide_are_lost_nowhere(database, taxed, customer, world, worker):
    booking = await world.paid_booking(taxed, customer)
    await take_place(world, worker, booking)
    for amount in (3333, 3333, 3333, 1):
        await grant(taxed.owner, booking, customer, amount)
    await worker.run()
    assert await ledger(database) == {}


async def test_of_cash_the_owner_owes_our_fee(database, taxed, customer, booking, world, worker):
    """They have the rest already, and the tax with it."""
    body = {"booking_id": booking["id"], "method": "cash", "amount": 10000}
    await created(taxed.owner.post("/payments", body))
    assert await ledger(database) == {"owner_clearing": 10000, "customer_deposits": -10000}
    await take_place(world, worker, booking)
    fee = 800  # of what is no tax
    assert await ledger(database) == {"owner_payable": fee, "platform_revenue": -fee}
    assert await balance(taxed) == {"available": -fee}
    await grant(taxed.owner, booking, customer, 5000)
    await worker.run()
    assert await ledger(database) == {"owner_payable": fee // 2, "platform_revenue": -fee // 2}


async def test_the_fee_of_cash_is_netted_from_a_payout(database, studio, customer, over, world, worker):
    booking = await world.held_booking(studio, customer, days_ahead=20)
    await created(
        studio.owner.post("/payments", {"booking_id": booking["id"], "method": "cash", "amount": 10000})
    )
    await take_place(world, worker, booking, ago=timedelta(days=5))
    assert await pay_out(worker) == 1
    assert await payouts(studio) == [("pending", 8000)]


async def test_who_pays_when_they_leave_is_earned_at_once(database, studio, world, worker):
    body = wish(studio) | {"guest": {"name": "Kim"}}
    booking = await created(studio.owner.post("/bookings/walk-in", body))
    await take_place(world, worker, booking)
    await created(
        studio.owner.post("/payments", {"booking_id": booking["id"], "method": "cash", "amount": 10000})
    )
    assert await ledger(database) == {"owner_payable": 1000, "platform_revenue": -1000}


@pytest.mark.parametrize("times", [1, 3])
async def test_the_news_that_it_took_place_may_come_more_than_once(database, over, times):
    for _ in range(times):
        async with database.transaction() as session:
            await service.earn(session, booking_id=over["id"])
    assert (await ledger(database))["owner_payable"] == -9000
