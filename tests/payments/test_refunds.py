import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from src.core.clock import utc_now
from src.payments import service
from src.payments.enums import ChargeStatus, RefundReason
from src.payments.models import Charge
from src.payments.service.refunds import decide_refund
from tests.factories.world import ok
from tests.payments.test_checkout import TOTAL, payments


async def cancelled(world, customer, booking):
    await world.pay(customer, booking)
    return await ok(customer.post(f"/bookings/{booking['id']}/cancel"))


async def test_a_refund_is_pending_until_a_worker_has_sent_it(world, database, worker, customer, booking):
    await cancelled(world, customer, booking)
    await worker._relay_and_handle()
    (refund,) = (await payments(customer, booking))["refunds"]
    assert (refund["status"], refund["amount"]) == ("pending", TOTAL)
    assert await service.carry_out_refunds(database, settings=world.settings) == 1
    (refund,) = (await payments(customer, booking))["refunds"]
    assert refund["status"] == "succeeded"


async def test_a_refund_is_sent_once(world, database, worker, session, customer, booking):
    await cancelled(world, customer, booking)
    await worker.run()
    await session.execute(text("UPDATE refunds SET due_at = now() - interval '1 hour'"))
    assert await service.carry_out_refunds(database, settings=world.settings) == 0
    query = "SELECT count(*) FROM ledger_transactions WHERE source LIKE 'refund:%'"
    assert await session.scalar(text(query)) == 1


async def test_a_gateway_that_refuses_is_asked_again_later(
    world, database, worker, session, customer, booking
):
    await cancelled(world, customer, booking)
    await session.execute(text("UPDATE sandbox_payments SET status = 'unknown'"))
    await worker.run()
    query = text("SELECT status, attempts, last_error, due_at > clock_timestamp() FROM refunds")
    assert tuple((await session.execute(query)).one()) == (
        "pending",
        1,
        "nothing was paid on " + await session.scalar(text("SELECT ref FROM sandbox_payments")),
        True,
    )
    assert await service.carry_out_refunds(database, settings=world.settings) == 0
    await session.execute(text("UPDATE sandbox_payments SET status = 'paid'"))
    await session.execute(text("UPDATE refunds SET due_at = clock_timestamp()"))
    assert await service.carry_out_refunds(database, settings=world.settings) == 1
    assert (await payments(customer, booking))["refunds"][0]["status"] == "succeeded"


async def test_handling_a_cancellation_twice_refunds_once(world, database, worker, customer, booking):
    """Its event is delivered once to each handler; were it twice, the charge has nothing left to give."""
    await cancelled(world, customer, booking)
    await worker.run()
    async with database.transaction() as session:
        await service.refund_cancelled_booking(session, booking_id=booking["id"])
    assert len((await payments(customer, booking))["refunds"]) == 1


@pytest.fixture
async def paid_in_parts(database, world, customer, booking):
    """A booking that three charges of 50.00, 30.00 and 20.00 have paid; all of it is to go back."""
    async with database.transaction() as session:
        company_id = await session.scalar(text("SELECT company_id FROM bookings WHERE id = :id"), booking)
        for number, amount in enumerate((5000, 3000, 2000)):
            ref = f"part-{number}"
            session.add(
                Charge(
                    booking_id=booking["id"],
                    company_id=company_id,
                    gateway="sandbox",
                    gateway_ref=ref,
                    amount=amount,
                    currency="GBP",
                    expires_at=utc_now(),
                    status=ChargeStatus.FAILED,
                )
            )
            await session.execute(
                text(
                    'INSERT INTO sandbox_payments (ref, idempotency_key, "order", status, expires_at)'
                    " VALUES (:ref, :ref, jsonb_build_object('amount', :amount ::int), 'paid', now())"
                ),
                {"ref": ref, "amount": amount},
            )
        await session.execute(
            text("UPDATE bookings SET paid_amount = 10000, status = 'confirmed' WHERE id = :id"), booking
        )
        await session.execute(text("UPDATE occupancies SET expires_at = NULL"))
        await session.flush()
        await session.execute(text("UPDATE charges SET status = 'succeeded', paid_at = now()"))
        await session.execute(
            text(
                "WITH posted AS (INSERT INTO ledger_transactions (source, company_id, explanation)"
                " SELECT 'charge:' || id, company_id, 'test' FROM charges RETURNING id, source)"
                " INSERT INTO ledger_entries (transaction_id, account, amount, currency)"
                " SELECT posted.id, side.account, side.sign * charges.amount, 'GBP' FROM posted"
                " JOIN charges ON posted.source = 'charge:' || charges.id CROSS JOIN"
                " (VALUES ('gateway_clearing', 1), ('customer_deposits', -1)) AS side (account, sign)"
            )
        )
    return booking


@pytest.mark.parametrize(
    ("due", "spread"),
    [
        (0, {}),
        (1, {2: 1}),
        (2000, {2: 2000}),
        (2001, {2: 2000, 1: 1}),
        (5000, {2: 2000, 1: 3000}),
        (9999, {2: 2000, 1: 3000, 0: 4999}),
        (10000, {2: 2000, 1: 3000, 0: 5000}),
    ],
)
async def test_a_refund_is_spread_over_the_charges_from_the_last(
    database, customer, paid_in_parts, due, spread
):
    booking = paid_in_parts
    async with database.transaction() as session:
        await session.execute(
            text("UPDATE bookings SET refund_amount = :due, status = 'cancelled' WHERE id = :id"),
            {"due": due, "id": booking["id"]},
        )
        await service.refund_cancelled_booking(session, booking_id=booking["id"])
    found = await payments(customer, booking)
    ids = [charge["id"] for charge in found["charges"]]
    refunds = {ids.index(refund["charge_id"]): refund["amount"]["amount"] for refund in found["refunds"]}
    assert refunds == spread


async def test_the_database_refuses_to_pay_back_more_than_was_paid(world, database, customer, booking):
    await world.pay(customer, booking)
    for amount in (10_001, 10**15):
        with pytest.raises(IntegrityError, match="ck_charges_refunded"):
            await promise(database, amount)


async def promise(database, amount):
    async with database.transaction() as session:
        charge = (await session.scalars(select(Charge))).one()
        await decide_refund(session, charge=charge, amount=amount, reason=RefundReason.CANCELLED)


async def test_the_database_refuses_to_pay_back_what_was_never_paid(world, session, customer, booking):
    await world.pay(customer, booking, "fail")
    with pytest.raises(IntegrityError, match="ck_charges_refunded_was_paid"):
        async with session.begin_nested():
            await session.execute(text("UPDATE charges SET refunded_amount = 1"))


async def test_a_booking_never_promises_more_than_was_paid(world, session, customer, booking):
    await world.pay(customer, booking)
    with pytest.raises(IntegrityError, match="ck_bookings_refund"):
        async with session.begin_nested():
            await session.execute(text("UPDATE bookings SET refund_amount = paid_amount + 1"))
