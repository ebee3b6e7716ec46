"""Owners at Stripe Connect, their share there and back."""

import pytest

from src.payments.accounts import service as accounts
from tests.factories.world import created, ok, problem
from tests.support.fakes.server import Fault


@pytest.fixture
def path(studio):
    return f"/companies/{studio.company['id']}/payment-accounts"


async def onboard(studio, path, country="GB"):
    return await created(studio.owner.post(f"{path}/stripe", {"country": country}))


async def account_of(studio, path):
    (account,) = (await ok(studio.owner.get(path)))["accounts"]
    return account


async def test_an_owner_opens_an_account(till, studio, path):
    onward = await onboard(studio, path)
    (ref,) = till.stripe.accounts
    assert onward["url"] == f"https://connect.stripe.example/setup/{ref}"
    assert till.stripe.accounts[ref]["email"] == studio.owner.email
    account = await account_of(studio, path)
    assert (account["gateway"], account["ref"], account["status"]) == ("stripe", ref, "pending")
    till.stripe.onboard(ref)
    await till.hear()
    assert (await account_of(studio, path))["status"] == "active"
    audited = "SELECT actor_id FROM audit_entries WHERE action = 'payment_account.updated' ORDER BY id"
    assert (await till.execute(audited)).scalars().all() == [studio.owner.id, None]


async def test_asking_again_opens_no_second_account(till, studio, path):
    till.stripe.faults = [Fault.LOST_ANSWER, Fault.LOST_ANSWER]
    answer = await studio.owner.post(f"{path}/stripe", {"country": "GB"})
    problem(answer, 503, "temporarily_unavailable")
    for _ in range(2):
        await onboard(studio, path)
    assert len(till.stripe.accounts) == 1


async def test_an_account_whose_webhook_never_comes_is_asked_about(till, studio, path):
    await onboard(studio, path)
    till.stripe.onboard(*till.stripe.accounts)
    await accounts.refresh_accounts(till.database, settings=till.settings)
    assert (await account_of(studio, path))["status"] == "active"


@pytest.mark.parametrize("body", [{}, {"country": "gb"}, {"country": "GBR"}, {"country": 1}])
async def test_a_country_is_needed(studio, path, body):
    problem(await studio.owner.post(f"{path}/stripe", body), 422, "validation_failed")


async def test_only_who_may_connects(till, customer, path):
    problem(await customer.post(f"{path}/stripe", {"country": "GB"}), 403, "permission_missing")
    problem(await customer.get(path), 403, "permission_missing")
    assert till.stripe.accounts == {}
