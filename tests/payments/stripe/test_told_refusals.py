"""Payouts that Stripe refuses are told to the owner and their integrators, each refusal once."""

import pytest

from src.core import events
from src.payments.events import PayoutFailed
from tests.factories.world import created, ok
from tests.payments.payouts.support import pay_out
from tests.payments.stripe.support import press, state, the_payout
from tests.support.worker import Worker
from tests.webhooks.receiver import Receiver

REASON = "The payment account may receive no money until the payment provider knows more."


async def heard(till, studio):
    """Titles of mails and notifications of what can't be paid out."""
    notifications = (await ok(studio.owner.get("/notifications")))["items"]
    return (
        [subject for subject in till.worker.mailbox.subjects(studio.owner.email) if "can't" in subject],
        [one["title"] for one in notifications if one["kind"] == "studio_payout_failed"],
    )


async def test_the_owner_is_told_why_and_what_to_do(till, studio, refused):
    assert await heard(till, studio) == (
        ["£90.00 for Soho Sound can't be paid out"], ["£90.00 can't be paid out"],
    )  # fmt: skip
    (notification, *_) = (await ok(studio.owner.get("/notifications")))["items"]
    assert notification["body"] == f"Soho Sound: {REASON}"
    mail = till.worker.mailbox.to(studio.owner.email)[-1]
    for kind in ("plain", "html"):
        content = " ".join(mail.get_body((kind,)).get_content().replace("&#39;", "'").split())
        assert REASON in content
        assert "Answer the payment provider's questions, then write to us" in content
        assert f"/companies/{studio.company['id']}/payment-accounts" in content


async def test_an_owner_whose_account_is_gone_is_told_to_open_another(till, studio, account, over):
    del till.stripe.accounts[account]
    await pay_out(till.worker)
    (notification, *_) = (await ok(studio.owner.get("/notifications")))["items"]
    assert notification["body"] == "Soho Sound: The payment account that it was to go to is closed."
    mail = till.worker.mailbox.to(studio.owner.email)[-1]
    assert "Open another one, then write to us" in mail.get_body(("plain",)).get_content()


async def test_the_owner_is_told_of_each_refusal_once(till, studio, refused, staff):
    """However often that is handled."""
    async with till.database.transaction() as session:
        await events.publish(session, PayoutFailed(payout_id=(await the_payout(studio))["id"]))
    await till.worker.run()
    assert [len(of_a_kind) for of_a_kind in await heard(till, studio)] == [1, 1]
    await press(staff, studio, "retry")
    await till.worker.run()
    await till.worker.run()
    assert [len(of_a_kind) for of_a_kind in await heard(till, studio)] == [2, 2]


async def test_nobody_is_told_of_what_has_been_sent_again_meanwhile(till, studio, account, over, staff):
    till.stripe.restrict(account)
    await till.worker.create_payouts()
    await till.worker.run()
    till.stripe.onboard(account)
    await press(staff, studio, "retry")
    await till.worker.run()
    assert await state(studio) == ("sent", None)
    assert await heard(till, studio) == ([], [])


@pytest.fixture
async def receiver():
    async with Receiver() as receiver:
        yield receiver


@pytest.fixture
def worker(app, database, stripe_settings):
    """It may call integrators on this machine."""
    app.state.settings = stripe_settings.model_copy(update={"outbound_allows_loopback": True})
    yield Worker(database, app.state.settings)
    app.state.settings = stripe_settings


async def test_integrators_are_told_too(till, studio, account, over, receiver):
    body = {"url": receiver.url, "event_types": ["payout.failed"]}
    endpoint = await created(studio.owner.post(f"/companies/{studio.company['id']}/webhooks", body))
    till.stripe.restrict(account)
    await pay_out(till.worker)
    (told,) = [one.verified(endpoint["secret"]) for one in receiver.received]
    assert (told["type"], told["data"]) == (
        "payout.failed",
        {
            "id": (await the_payout(studio))["id"],
            "company_id": studio.company["id"],
            "amount": {"amount": 9000, "currency": "GBP"},
            "failure": "account_restricted",
        },
    )
