"""What an owner sees and downloads: items, statements, payments, refunds, the ledger."""

import csv
import io

import pytest

from tests.factories.world import created, ok, problem
from tests.payments.payouts.support import grant, pay_out
from tests.support.pdf import text_of


@pytest.fixture
async def company(studio):
    return f"/companies/{studio.company['id']}"


@pytest.fixture
async def payout(worker, studio, customer, over, company):
    """Of a booking of 100.00 of which 25.00 were granted back."""
    await grant(studio.owner, over, customer, 2500)
    await pay_out(worker)
    (payout,) = (await ok(studio.owner.get(f"{company}/payouts")))["items"]
    return payout


async def rows(person, path, **query):
    answer = await person.get(path, headers={"Accept": "text/csv"}, params=query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"), newline="")))


async def test_a_payout_says_what_it_is_made_of(studio, company, over, payout):
    page = await ok(studio.owner.get(f"{company}/payouts/{payout['id']}/items"))
    assert [
        (item["reference"], item["gross"]["amount"], item["fee"]["amount"], item["amount"]["amount"])
        for item in page["items"]
    ] == [(over["reference"], 10000, 1000, 9000), (over["reference"], -2500, -250, -2250)]
    assert page["total"] == 2


async def test_its_statement_as_csv(studio, company, over, payout):
    items = await rows(studio.owner, f"{company}/payouts/{payout['id']}/statement")
    assert [(item["gross"], item["fee"], item["amount"], item["tax"]) for item in items] == [
        ("100.00", "10.00", "90.00", "0.00"), ("-25.00", "-2.50", "-22.50", "0.00"),
    ]  # fmt: skip


async def test_its_statement_as_pdf(studio, company, over, payout):
    answer = await studio.owner.get(f"{company}/payouts/{payout['id']}/statement")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    printed = text_of(answer.content)
    for words in ("Payout statement", "Soho Sound", "67.50 GBP", over["reference"], "-25.00 GBP"):
        assert words in printed, printed


async def test_payments_and_refunds_with_filters(world, studio, customer, company, over, payout):
    held = await world.held_booking(studio, customer)
    await world.pay(customer, held, "fail")
    page = await ok(studio.owner.get(f"{company}/payments"))
    assert [(one["booking_id"], one["status"]) for one in page["items"]] == [
        (held["id"], "failed"), (over["id"], "succeeded"),
    ]  # fmt: skip
    paid = page["items"][1]
    assert [paid[part]["amount"] for part in ("amount", "refunded", "disputed", "fee", "tax")] == [
        10000, 2500, 0, 1000, 0,
    ]  # fmt: skip
    for query, found in [
        ({"status": "succeeded"}, 1),
        ({"gateway": "stripe"}, 0),
        ({"booking_id": held["id"]}, 1),
        ({"from": "2100-01-01"}, 0),
        ({"to": "2100-01-01"}, 2),
    ]:
        page = await ok(studio.owner.get(f"{company}/payments", params=query))
        assert (page["total"], len(page["items"])) == (found, found), query
    (refund,) = (await ok(studio.owner.get(f"{company}/refunds", params={"reason": "granted"})))["items"]
    assert (refund["booking_id"], refund["amount"]["amount"], refund["fee"]["amount"]) == (
        over["id"], 2500, 250,
    )  # fmt: skip
    assert (await ok(studio.owner.get(f"{company}/refunds", params={"status": "failed"})))["total"] == 0


async def test_payments_and_refunds_as_spreadsheets(studio, customer, company, over):
    (charge,) = (await ok(customer.get(f"/bookings/{over['id']}/payments")))["charges"]
    body = {"amount": 100, "note": "=HYPERLINK(1)"}
    await created(studio.owner.post(f"/payments/{charge['id']}/refunds", body))
    (payment,) = await rows(studio.owner, f"{company}/payments")
    assert (payment["reference"], payment["amount"], payment["refunded"]) == (
        over["reference"],
        "100.00",
        "1.00",
    )
    (refund,) = await rows(studio.owner, f"{company}/refunds")
    assert (refund["amount"], refund["fee"], refund["note"]) == ("1.00", "0.10", "'=HYPERLINK(1)")
    assert await rows(studio.owner, f"{company}/refunds", status="failed") == []


async def test_the_ledger_tells_the_story_of_a_booking(studio, company, over, payout):
    story = await ok(studio.owner.get(f"{company}/ledger", params={"booking_id": over["id"]}))
    assert [one["explanation"].split(over["reference"])[0] for one in reversed(story["items"])] == [
        "Payment of booking ", "Booking ", "Refund of booking ", "Refund of booking ",
    ]  # fmt: skip
    for one in story["items"]:
        assert sum(entry["amount"]["amount"] for entry in one["entries"]) == 0


async def test_the_ledger_goes_by_cursor(studio, company, over, payout):
    seen, cursor = [], None
    while True:
        query = {"size": 2} | ({"cursor": cursor} if cursor else {})
        page = await ok(studio.owner.get(f"{company}/ledger", params=query))
        seen += [one["id"] for one in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == 5


@pytest.mark.parametrize("view", ["balance", "payouts", "payments", "refunds", "ledger"])
async def test_money_is_nobody_elses_business(world, customer, company, view):
    stranger = (await world.studio()).owner
    for person in (customer, stranger):
        problem(await person.get(f"{company}/{view}"), 403, "permission_missing")
        answer = await person.get(f"{company}/{view}", headers={"Accept": "text/csv"})
        problem(answer, 403, "permission_missing")
    problem(await stranger.get(f"/companies/999999999/{view}"), 404, "company_not_found")
