"""Money that arrives when it should not: never both booking and refund, never neither."""

import pytest
from sqlalchemy import text

from tests.factories.world import created, ok, problem, wish
from tests.payments.test_checkout import TOTAL, charges, checkout, payments, status

LATE = [("succeeded", "paid_too_late", TOTAL)]


async def refunds(customer, booking):
    found = (await payments(customer, booking))["refunds"]
    return [(refund["status"], refund["reason"], refund["amount"]) for refund in found]


async def pay(world, opened):
    assert (await world.client.post(f"{opened['url']}/pay")).status_code == 303


@pytest.mark.parametrize("is_swept", [False, True])
async def test_a_hold_that_has_ended_is_revived_while_its_time_is_free(
    world, worker, studio, customer, booking, is_swept
):
    opened = await checkout(customer, booking)
    await world.let_hold_end(booking)
    if is_swept:
        assert await worker.expire_holds() == 1
    await pay(world, opened)
    revived = await ok(customer.get(f"/bookings/{booking['id']}"))
    assert (revived["status"], revived["paid"]) == ("confirmed", TOTAL)
    await worker.run()
    assert await refunds(customer, booking) == []
    (subject,) = worker.mailbox.subjects(customer.email)
    assert subject.startswith(f"Your booking {booking['reference']} is confirmed")
    other = await world.person()
    problem(await other.post("/bookings", wish(studio)), 409, "slot_taken")
    assert await worker.expire_holds() == 0


@pytest.mark.parametrize("is_swept", [False, True])
async def test_money_for_time_that_is_taken_by_now_goes_back_with_a_mail(
    world, worker, studio, customer, booking, is_swept
):
    opened = await checkout(customer, booking)
    await world.let_hold_end(booking)
    if is_swept:
        await worker.expire_holds()
    other = await world.person()
    taken = await created(other.post("/bookings", wish(studio)))
    await pay(world, opened)
    assert await status(customer, booking) == "expired"
    assert await charges(customer, booking) == ["succeeded"]
    await worker.run()
    assert await refunds(customer, booking) == LATE
    late = f"Your payment for {booking['reference']} goes back to you"
    assert worker.mailbox.subjects(customer.email).count(late) == 1
    assert worker.mailbox.to(studio.owner.email) == []
    await world.pay(other, taken)
    assert await status(other, taken) == "confirmed"


async def test_the_same_late_payment_told_twice_goes_back_once(world, worker, studio, customer, booking):
    opened = await checkout(customer, booking)
    await world.let_hold_end(booking)
    await created((await world.person()).post("/bookings", wish(studio)))
    for _ in range(2):
        await pay(world, opened)
        await worker.run()
    assert await refunds(customer, booking) == LATE
    assert len(worker.mailbox.to(customer.email)) == 1


async def test_money_for_time_that_has_begun_goes_back(world, worker, session, studio, customer, booking):
    """Nobody may be confirmed for yesterday, free as it is."""
    opened = await checkout(customer, booking)
    await world.let_hold_end(booking)
    await session.execute(
        text(
            "UPDATE bookings SET starts_at = now() - interval '1 day', ends_at = now() - interval '22 hours'"
        )
    )
    await pay(world, opened)
    await worker.run()
    assert await status(customer, booking) == "expired"
    assert await refunds(customer, booking) == LATE


async def test_money_for_a_hold_that_was_cancelled_meanwhile_goes_back(world, worker, customer, booking):
    opened = await checkout(customer, booking)
    await ok(customer.post(f"/bookings/{booking['id']}/cancel"))
    await pay(world, opened)
    await worker.run()
    assert await status(customer, booking) == "cancelled"
    assert await refunds(customer, booking) == LATE


async def test_of_two_paid_sessions_the_second_goes_back(world, worker, session, customer, booking):
    """The first failed, another was opened, and then the provider says that both were paid."""
    first = await checkout(customer, booking)
    await world.client.post(f"{first['url']}/fail")
    second = await checkout(customer, booking)
    await session.execute(text("UPDATE sandbox_payments SET status = 'open' WHERE status = 'failed'"))
    await pay(world, second)
    await pay(world, first)
    await worker.run()
    booked = await ok(customer.get(f"/bookings/{booking['id']}"))
    assert (booked["status"], booked["paid"]) == ("confirmed", TOTAL)
    assert await charges(customer, booking) == ["succeeded", "succeeded"]
    (refund,) = (await payments(customer, booking))["refunds"]
    assert (refund["status"], refund["reason"], refund["amount"]) == LATE[0]
    assert refund["charge_id"] == (await payments(customer, booking))["charges"][0]["id"]


async def test_a_booking_paid_twice_and_cancelled_pays_back_each_once(
    world, worker, session, customer, booking
):
    first = await checkout(customer, booking)
    await world.client.post(f"{first['url']}/fail")
    second = await checkout(customer, booking)
    await session.execute(text("UPDATE sandbox_payments SET status = 'open' WHERE status = 'failed'"))
    await pay(world, first)
    await pay(world, second)
    await ok(customer.post(f"/bookings/{booking['id']}/cancel"))
    await worker.run()
    assert sorted(await refunds(customer, booking), key=str) == [("succeeded", "cancelled", TOTAL), *LATE]


async def test_only_what_is_owed_confirms(world, session, worker, customer, booking):
    """Nobody gets a time for the price of another, however the page came to be."""
    opened = await checkout(customer, booking)
    await session.execute(text("UPDATE bookings SET total_amount = 12000"))
    await pay(world, opened)
    assert await status(customer, booking) == "pending"
    await worker.run()
    assert await refunds(customer, booking) == LATE
