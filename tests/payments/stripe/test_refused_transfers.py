"""Payouts that Stripe refuses: they end as failed, for all to see, and go out when somebody says so."""

from datetime import timedelta

import pytest

from src import invariants
from tests.admin.support import alert
from tests.factories.world import created, ok, problem
from tests.payments.payouts.support import balance, grant, ledger, next_day, pay_out, take_place
from tests.payments.stripe.support import press, state, the_payout

WAITS = {"no payout waits for a person"}


async def let_transfers_be_due(till):
    for table in ("transfers", "transfer_reversals"):
        await till.execute(f"UPDATE {table} SET due_at = clock_timestamp()")
    await till.worker.run()


def tries(till):
    return len(till.stripe.effects("/transfers"))


async def test_it_ends_as_failed_and_is_tried_no_more(session, till, studio, refused):
    assert await state(studio) == ("failed", "account_restricted")
    assert (await the_payout(studio))["is_on_hold"]
    await let_transfers_be_due(till)
    assert tries(till) == 1
    assert await balance(studio) == {"on_the_way": 9000}
    assert (await ledger(till.database))["payouts"] == -9000
    assert set(await invariants.check(session)) == WAITS


async def test_the_platform_sees_it(till, studio, refused, admin, staff):
    (waiting,) = (await ok(admin.get("/payouts")))["items"]
    assert (waiting["status"], waiting["failure"], waiting["is_by_hand"]) == (
        "failed", "account_restricted", False,
    )  # fmt: skip
    page = (await staff.get(f"/payout/details/{waiting['id']}")).text
    assert "insufficient_capabilities_for_transfer" in page
    trail = "SELECT action, actor_id FROM audit_entries WHERE action LIKE 'payout.%' ORDER BY id"
    assert (await till.execute(trail)).all() == [("payout.created", None), ("payout.failed", None)]


async def test_the_account_is_asked_about_so_that_the_next_payout_is_not_sent_there(
    till, world, studio, refused
):
    accounts = await ok(studio.owner.get(f"/companies/{studio.company['id']}/payment-accounts"))
    assert [account["status"] for account in accounts["accounts"]] == ["pending"]
    second = await world.paid_booking(studio, till.customer, days_ahead=20)
    await take_place(world, till.worker, second, ago=timedelta(days=5))
    await next_day(till.database)
    assert await pay_out(till.worker) == 1
    assert tries(till) == 1


async def test_an_account_that_is_gone(till, studio, account, over):
    del till.stripe.accounts[account]
    await pay_out(till.worker)
    assert await state(studio) == ("failed", "account_closed")
    accounts = await ok(studio.owner.get(f"/companies/{studio.company['id']}/payment-accounts"))
    assert [one["status"] for one in accounts["accounts"]] == ["revoked"]


async def test_too_little_money_of_ours_is_no_reason_to_give_up(session, till, studio, over):
    till.stripe.is_short_of_money = True
    await pay_out(till.worker)
    await let_transfers_be_due(till)
    assert await state(studio) == ("pending", None)
    till.stripe.is_short_of_money = False
    await let_transfers_be_due(till)
    assert await state(studio) == ("sent", None)
    assert await invariants.check(session) == {}


async def test_a_key_that_may_not_send_money_is_not_the_owners_fault(till, studio, over):
    till.stripe.forbidden = {"transfers"}
    await pay_out(till.worker)
    assert await state(studio) == ("pending", None)
    till.stripe.forbidden.clear()
    await let_transfers_be_due(till)
    assert await state(studio) == ("sent", None)


async def test_who_opens_another_account_is_paid_there(session, till, studio, account, over, staff):
    del till.stripe.accounts[account]
    await pay_out(till.worker)
    path = f"/companies/{studio.company['id']}/payment-accounts/stripe"
    for _ in range(2):
        await created(studio.owner.post(path, {"country": "GB"}))
    (another,) = till.stripe.accounts
    till.stripe.onboard(another)
    await till.hear()
    await press(staff, studio, "retry")
    await till.worker.run()
    (sent,) = till.stripe.transfers.values()
    assert (sent["destination"], sent["amount"]) == (another, 9000)
    assert await invariants.check(session) == {}


async def test_an_administrator_lets_stripe_try_again(session, till, studio, account, refused, staff, admin):
    till.stripe.onboard(account)
    await till.hear()
    assert await state(studio) == ("failed", "account_restricted")
    await press(staff, studio, "retry")
    assert await state(studio) == ("pending", None)
    await till.worker.run()
    await till.worker.run()
    assert await state(studio) == ("sent", None)
    (sent,) = till.stripe.transfers.values()
    assert sent["amount"] == 9000
    assert "£90.00 for Soho Sound is on its way" in till.worker.mailbox.subjects(studio.owner.email)
    assert await ledger(till.database) == {"gateway_clearing": 1000, "platform_revenue": -1000}
    assert await invariants.check(session) == {}
    retried = "SELECT actor_id FROM audit_entries WHERE action = 'payout.retried'"
    assert (await till.execute(retried)).scalars().all() == [admin.id]


async def test_what_is_refused_again_fails_again(till, studio, refused, staff):
    await press(staff, studio, "retry")
    await till.worker.run()
    assert await state(studio) == ("failed", "account_restricted")
    assert tries(till) == 2
    assert till.stripe.transfers == {}


async def test_only_what_has_failed_is_tried_again(till, studio, over, staff):
    await pay_out(till.worker)
    assert "nothing to try again" in alert(await press(staff, studio, "retry", status=409))


async def test_an_administrator_pays_it_from_the_bank_instead(
    session, till, studio, account, refused, staff, admin
):
    payout = await the_payout(studio)
    path = f"/companies/{studio.company['id']}/payouts/{payout['id']}/mark-paid"
    paid = await ok(admin.post(path, {"note": "Bank transfer 344"}))
    assert (paid["status"], paid["failure"], paid["is_by_hand"]) == ("sent", None, True)
    problem(await admin.post(path, {"note": "345"}), 409, "payout_sent")
    till.stripe.onboard(account)
    await press(staff, studio, "retry", status=409)
    await let_transfers_be_due(till)
    assert till.stripe.transfers == {}
    assert await ledger(till.database) == {"gateway_clearing": 1000, "platform_revenue": -1000}
    assert await invariants.check(session) == {}


async def test_nobody_pays_by_hand_what_stripe_is_to_send(till, studio, over, admin):
    await till.worker.create_payouts()
    payout = await the_payout(studio)
    path = f"/companies/{studio.company['id']}/payouts/{payout['id']}/mark-paid"
    problem(await admin.post(path, {"note": "344"}), 409, "payout_not_by_hand")


async def test_a_refund_after_the_refusal_is_netted_from_the_next_payout(session, till, studio, refused):
    """Nothing has arrived that could be taken back."""
    await grant(studio.owner, till.booking, till.customer, 5000)
    await till.worker.run()
    assert await balance(studio) == {"available": -4500, "on_the_way": 9000}
    assert set(await invariants.check(session)) == WAITS


async def test_what_was_to_come_back_of_it_is_netted_too(session, till, studio, account, over, staff):
    """The refund came first, while Stripe had no money of ours to send; then the account was restricted."""
    till.stripe.is_short_of_money = True
    await pay_out(till.worker)
    await grant(studio.owner, till.booking, till.customer, 5000)
    assert await balance(studio) == {"on_the_way": 9000}
    till.stripe.restrict(account)
    await let_transfers_be_due(till)
    assert await state(studio) == ("failed", "account_restricted")
    assert await balance(studio) == {"available": -4500, "on_the_way": 9000}
    assert set(await invariants.check(session)) == WAITS
    till.stripe.is_short_of_money = False
    till.stripe.onboard(account)
    await press(staff, studio, "retry")
    await let_transfers_be_due(till)
    (sent,) = till.stripe.transfers.values()
    assert (sent["amount"], sent["amount_reversed"]) == (9000, 0)
    await grant(studio.owner, till.booking, till.customer, 5000)  # and this can be taken back as ever
    await let_transfers_be_due(till)
    assert sent["amount_reversed"] == 4500
    assert await balance(studio) == {"available": -4500}
    assert await invariants.check(session) == {}


async def test_what_a_closed_account_does_not_give_back_is_netted(
    session, till, world, taxed, studio, account
):
    booking = await world.paid_booking(taxed, till.customer, days_ahead=20)
    await take_place(world, till.worker, booking)
    await pay_out(till.worker)
    del till.stripe.accounts[account]
    await grant(taxed.owner, booking, till.customer, 2500)
    await till.worker.run()
    asked = len(till.stripe.effects("/reversals"))
    await let_transfers_be_due(till)
    assert len(till.stripe.effects("/reversals")) == asked == 1
    owed = await balance(studio)
    assert (owed["available"], owed["tax"]) == (-2300, -500)
    assert await invariants.check(session) == {}


async def test_the_database_takes_no_failure_without_its_reason(session, till, studio, refused):
    for change in ("failure = NULL", "status = 'pending'"):
        with pytest.raises(Exception, match="ck_payouts_failed"):
            async with session.begin_nested():
                await till.execute(f"UPDATE payouts SET {change}")
