"""From what is owed to what is paid out: when, how much, and by hand where no gateway does it."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from structlog.testing import capture_logs

from src import invariants
from tests.factories.world import ok, problem
from tests.payments.payouts.support import (
    balance,
    execute,
    grant,
    ledger,
    next_day,
    pay_out,
    payouts,
    take_place,
)


def path(studio, number=""):
    return f"/companies/{studio.company['id']}/payouts{number and f'/{number}'}"


async def the_payout(studio):
    (payout,) = (await ok(studio.owner.get(path(studio))))["items"]
    return payout


@pytest.mark.parametrize(("ago", "made"), [(timedelta(days=3), 1), (timedelta(days=2, hours=23), 0)])
async def test_money_goes_out_some_days_after_the_booking(world, worker, studio, customer, ago, made):
    booking = await world.paid_booking(studio, customer)
    await take_place(world, worker, booking, ago=ago)
    assert await pay_out(worker) == made
    assert await balance(studio) == ({"on_the_way": 9000} if made else {"pending": 9000})


async def test_a_payout_takes_all_that_is_due_once(session, database, world, worker, studio, customer, over):
    second = await world.paid_booking(studio, customer, days_ahead=20)
    await take_place(world, worker, second, ago=timedelta(days=5))
    assert await pay_out(worker) == 1
    assert await payouts(studio) == [("pending", 18000)]
    await next_day(database)
    assert await pay_out(worker) == 0
    assert await ledger(database) == {
        "gateway_clearing": 20000, "platform_revenue": -2000, "payouts": -18000,
    }  # fmt: skip
    assert await invariants.check(session) == {}


async def test_there_is_one_payout_a_day(database, world, worker, studio, customer, over):
    assert await pay_out(worker) == 1
    second = await world.paid_booking(studio, customer, days_ahead=20)
    await take_place(world, worker, second, ago=timedelta(days=5))
    assert await pay_out(worker) == 0
    await next_day(database)
    assert await pay_out(worker) == 1
    assert await payouts(studio) == [("pending", 9000), ("pending", 9000)]


async def test_too_little_waits_for_more(world, worker, studio, customer, over):
    await grant(studio.owner, over, customer, 9000)
    assert await pay_out(worker) == 0
    assert await balance(studio) == {"available": 900}
    second = await world.paid_booking(studio, customer, days_ahead=20)
    await take_place(world, worker, second, ago=timedelta(days=5))
    assert await pay_out(worker) == 1
    assert await payouts(studio) == [("pending", 9900)]


async def test_a_closed_company_gets_the_rest_of_it(database, worker, studio, customer, over):
    await grant(studio.owner, over, customer, 9000)
    await execute(database, "UPDATE companies SET deactivated_at = now()")
    assert await pay_out(worker) == 1
    assert await payouts(studio) == [("pending", 900)]


async def test_a_company_that_cannot_be_served_keeps_nobody_else_waiting(
    database, world, worker, studio, customer, over
):
    other = await world.studio()
    await take_place(world, worker, await world.paid_booking(other, customer, days_ahead=20))
    await execute(
        database,
        "CREATE FUNCTION break() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE 'of the broken company'; END $$",
    )
    await execute(
        database,
        "CREATE TRIGGER break BEFORE INSERT ON payouts FOR EACH ROW"
        f" WHEN (NEW.company_id = {studio.company['id']}) EXECUTE FUNCTION break()",
    )
    with capture_logs() as lines:
        assert await pay_out(worker) == 1
    assert (await payouts(studio), await payouts(other)) == ([], [("pending", 9000)])
    (line,) = [line for line in lines if line["event"] == "payout_not_created"]
    assert (line["company_id"], line["exc_info"]) == (studio.company["id"], True)  # such a line is reported


async def test_a_refund_after_the_payout_is_netted_from_the_next(
    session, database, world, worker, studio, customer, over
):
    await pay_out(worker)
    await grant(studio.owner, over, customer, 5000)
    assert await balance(studio) == {"available": -4500, "on_the_way": 9000}
    second = await world.paid_booking(studio, customer, days_ahead=20)
    await take_place(world, worker, second, ago=timedelta(days=5))
    await next_day(database)
    assert await pay_out(worker) == 1
    assert await payouts(studio) == [("pending", 4500), ("pending", 9000)]
    assert await invariants.check(session) == {}


async def dispute(database, status="open"):
    await execute(
        database,
        "INSERT INTO disputes (charge_id, gateway, gateway_ref, amount, currency, reason, status)"
        " SELECT id, gateway, 'dp_1', amount, currency, 'fraudulent', :status FROM charges",
        status=status,
    )


async def test_what_is_disputed_is_on_hold(database, worker, studio, over):
    await dispute(database)
    assert await pay_out(worker) == 0
    assert await balance(studio) == {"on_hold": 9000}
    await execute(database, "UPDATE disputes SET status = 'won'")
    assert await pay_out(worker) == 1


async def test_an_administrator_pays_by_hand(database, session, worker, studio, over, admin):
    await pay_out(worker)
    payout = await the_payout(studio)
    assert (payout["is_by_hand"], payout["is_on_hold"], payout["status"]) == (True, False, "pending")
    waiting = await ok(admin.get("/payouts"))
    assert [one["id"] for one in waiting["items"]] == [payout["id"]]
    body = {"note": "Bank transfer 344"}
    paid = await ok(admin.post(path(studio, f"{payout['id']}/mark-paid"), body))
    assert (paid["status"], paid["note"]) == ("sent", "Bank transfer 344")
    again = await admin.post(path(studio, f"{payout['id']}/mark-paid"), body)
    problem(again, 409, "payout_sent")
    await worker.run()
    mail = worker.mailbox.to(studio.owner.email)[-1]
    assert mail["Subject"] == "£90.00 for Soho Sound is on its way"
    for kind in ("plain", "html"):
        content = mail.get_body((kind,)).get_content()
        assert "Bank transfer 344" in content
        assert f"/companies/{studio.company['id']}/payouts/{payout['id']}" in content
    assert await ledger(database) == {"gateway_clearing": 1000, "platform_revenue": -1000}
    assert (await ok(admin.get("/payouts")))["items"] == []
    moves = await execute(
        database, "SELECT action, actor_id FROM audit_entries WHERE action LIKE 'payout.%' ORDER BY id"
    )
    assert moves.all() == [("payout.created", None), ("payout.sent", admin.id)]
    assert await invariants.check(session) == {}


async def test_nobody_pays_by_hand_what_is_disputed(database, worker, studio, over, admin):
    await pay_out(worker)
    payout = await the_payout(studio)
    await dispute(database)
    assert (await the_payout(studio))["is_on_hold"]
    answer = await admin.post(path(studio, f"{payout['id']}/mark-paid"), {"note": "344"})
    problem(answer, 409, "payout_on_hold")


async def test_only_administrators_of_the_platform_pay(worker, studio, over):
    await pay_out(worker)
    payout = await the_payout(studio)
    answer = await studio.owner.post(path(studio, f"{payout['id']}/mark-paid"), {"note": "344"})
    problem(answer, 403, "admin_only")
    problem(await studio.owner.get("/payouts"), 403, "admin_only")


async def test_a_payout_is_its_companys_alone(world, worker, studio, over, admin):
    await pay_out(worker)
    payout = await the_payout(studio)
    other = await world.studio()
    for suffix in ("", "/items", "/statement"):
        wrong = await other.owner.get(path(other, f"{payout['id']}{suffix}"))
        problem(wrong, 404, "payout_not_found")
    problem(
        await admin.post(path(other, f"{payout['id']}/mark-paid"), {"note": "1"}), 404, "payout_not_found"
    )


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE payouts SET amount = amount + 1",
        "UPDATE payout_items SET amount = amount + 1",
        "UPDATE payout_items SET payout_id = NULL",
        "DELETE FROM payout_items",
        "DELETE FROM payouts",
    ],
)
async def test_what_was_decided_stays(session, worker, over, change):
    await pay_out(worker)
    savepoint = await session.begin_nested()
    with pytest.raises(IntegrityError, match=r"never changes otherwise|stays what it is"):
        await session.execute(text(change))
    await savepoint.rollback()


async def test_the_database_takes_no_payout_that_is_not_the_sum_of_its_items(session, studio, over):
    add = (
        "INSERT INTO payouts (company_id, currency, amount, tax_amount)"
        f" VALUES ({studio.company['id']}, 'GBP', 9001, 0) RETURNING id"
    )
    savepoint = await session.begin_nested()
    made = await session.scalar(text(add))
    with pytest.raises(IntegrityError, match="the sum of its items"):
        await session.execute(text("UPDATE payout_items SET payout_id = :id"), {"id": made})
    await savepoint.rollback()
    savepoint = await session.begin_nested()
    await session.execute(text(add))
    with pytest.raises(IntegrityError, match="is not the sum of its items"):
        await session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    await savepoint.rollback()
