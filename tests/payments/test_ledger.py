import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from tests.factories.world import ok

_ENTRIES = """
SELECT split_part(source, ':', 1), account, amount, currency
FROM ledger_transactions AS posted JOIN ledger_entries ON transaction_id = posted.id
ORDER BY posted.id, ledger_entries.id
"""

_POST = """
INSERT INTO ledger_entries (transaction_id, account, amount, currency)
SELECT id, :account, :amount, :currency FROM ledger_transactions
"""

CAPTURE = [
    ("charge", "gateway_clearing", 10000, "GBP"),
    ("charge", "customer_deposits", -10000, "GBP"),
]


async def entries(session):
    return [tuple(row) for row in await session.execute(text(_ENTRIES))]


async def test_an_unpaid_hold_leaves_no_trace(session, world, customer, booking):
    await world.pay(customer, booking, "fail")
    assert await entries(session) == []


async def test_a_payment_is_owed_to_the_customer_until_they_came(session, world, studio, customer, booking):
    await world.pay(customer, booking)
    assert await entries(session) == CAPTURE
    posted = (await session.execute(text("SELECT company_id, explanation FROM ledger_transactions"))).one()
    assert posted.company_id == studio.company["id"]
    assert posted.explanation == f"Payment of booking {booking['reference']} by sandbox"


async def test_a_refund_is_posted_when_it_is_promised_and_when_it_is_sent(
    session, world, worker, customer, booking
):
    await world.pay(customer, booking)
    await ok(customer.post(f"/bookings/{booking['id']}/cancel"))
    assert await entries(session) == CAPTURE
    await worker.run()
    assert await entries(session) == [
        *CAPTURE,
        ("refund", "customer_deposits", 10000, "GBP"),
        ("refund", "refunds", -10000, "GBP"),
        ("refund-sent", "gateway_clearing", -10000, "GBP"),
        ("refund-sent", "refunds", 10000, "GBP"),
    ]


@pytest.mark.parametrize(
    "lines",
    [
        [("gateway_clearing", 1, "GBP")],
        [("gateway_clearing", 100, "GBP"), ("customer_deposits", -99, "GBP")],
        [("gateway_clearing", 100, "GBP"), ("customer_deposits", -100, "USD")],
    ],
)
async def test_what_does_not_sum_to_zero_is_refused(session, world, customer, booking, lines):
    await world.pay(customer, booking)
    savepoint = await session.begin_nested()
    for account, amount, currency in lines:
        values = {"account": account, "amount": amount, "currency": currency}
        await session.execute(text(_POST), values)
    with pytest.raises(IntegrityError, match="does not sum to zero"):
        await session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    await savepoint.rollback()
    assert await entries(session) == CAPTURE


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE ledger_entries SET amount = amount * 2",
        "DELETE FROM ledger_entries",
        "UPDATE ledger_transactions SET explanation = 'nothing'",
        "DELETE FROM ledger_transactions",
    ],
)
async def test_what_is_written_stays_written(session, world, customer, booking, change):
    await world.pay(customer, booking)
    with pytest.raises(IntegrityError, match="append-only"):
        async with session.begin_nested():
            await session.execute(text(change))
    assert await entries(session) == CAPTURE


async def test_the_same_source_is_posted_once(session, world, customer, booking):
    await world.pay(customer, booking)
    again = "INSERT INTO ledger_transactions (source, company_id, explanation) SELECT source, company_id, '' "
    with pytest.raises(IntegrityError, match="uq_ledger_transactions_source"):
        async with session.begin_nested():
            await session.execute(text(again + "FROM ledger_transactions"))
