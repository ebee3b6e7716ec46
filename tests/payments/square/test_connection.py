"""An owner lets us work in their Square account, and takes it back."""

import base64
from datetime import timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from src.core.clock import utc_now
from src.core.encryption import SecretBox
from src.payments.accounts import service as accounts
from src.payments.accounts.models import PaymentAccount
from src.payments.accounts.sellers import unseal
from tests.factories.world import ok, problem
from tests.support.fakes.square import MERCHANT


async def row(counter):
    async with counter.database.transaction() as session:
        found = select(PaymentAccount).execution_options(populate_existing=True)
        return (await session.scalars(found)).one()


async def test_connecting_keeps_the_tokens_sealed(counter):
    assert await counter.connect() == "connected"
    account = await counter.account()
    assert account == {"gateway": "square", "status": "active", "ref": MERCHANT, "location_ref": "LLONDON"}
    kept = await row(counter)
    (token,) = counter.square.access_tokens
    assert unseal(kept, SecretBox.of(counter.settings)).access == token
    assert token not in kept.access_token
    assert utc_now() + timedelta(days=29) < kept.token_expires_at
    audited = await counter.execute("SELECT changes::text FROM audit_entries WHERE action LIKE 'payment_%'")
    assert "EAAA" not in "".join(audited.scalars())


async def test_another_browser_can_not_end_what_this_one_began(counter):
    """Or an owner could be led to connect their account to somebody else's company."""
    address = await counter.begin()
    counter.client.cookies.clear()
    problem(await counter.client.get(address), 400, "connection_state_invalid")


async def test_another_state_than_the_browsers_is_refused(counter):
    first = await counter.begin()
    await counter.begin()
    problem(await counter.client.get(first), 400, "connection_state_invalid")
    for state in ("", "&state=", "&state=forged"):
        answer = await counter.client.get(f"/api/v1/payment-accounts/square/callback?code=x{state}")
        problem(answer, 400, "connection_state_invalid")


async def test_a_code_works_once(counter):
    address = await counter.begin()
    cookies = dict(counter.client.cookies)
    assert "square=connected" in (await counter.client.get(address)).headers["location"]
    counter.client.cookies.update(cookies)
    assert "square=failed" in (await counter.client.get(address)).headers["location"]
    assert (await counter.account())["status"] == "active"


async def test_an_owner_who_declines_comes_back_to_the_site(counter):
    address = (await counter.begin()).replace("code=", "error=access_denied&was=")
    assert "square=failed" in (await counter.client.get(address)).headers["location"]


async def test_a_right_that_was_lost_meanwhile_is_gone(counter, world):
    address = await counter.begin()
    other = await world.person()
    await counter.execute("UPDATE company_admins SET user_id = :id", id=other.id)
    assert "square=forbidden" in (await counter.client.get(address)).headers["location"]
    assert (await counter.execute("SELECT count(*) FROM payment_accounts")).scalar_one() == 0


async def test_the_owner_chooses_among_the_locations(counter):
    await counter.connect()
    path = f"{counter.accounts}/square/locations"
    locations = (await ok(counter.studio.owner.get(path)))["locations"]
    assert [(place["ref"], place["is_chosen"]) for place in locations] == [
        ("LCLOSED", False), ("LLONDON", True), ("LSECOND", False), ("LPARIS", False),
    ]  # fmt: skip
    choice = f"{counter.accounts}/square/location"
    account = await ok(counter.studio.owner.put(choice, {"ref": "LSECOND"}))
    assert account["location_ref"] == "LSECOND"
    for ref in ("LCLOSED", "LPARIS", "LNOWHERE"):
        problem(await counter.studio.owner.put(choice, {"ref": ref}), 422, "location_unknown")


async def test_without_a_connection_there_are_no_locations(counter):
    answer = await counter.studio.owner.get(f"{counter.accounts}/square/locations")
    problem(answer, 409, "payments_not_connected")


async def test_tokens_are_refreshed_a_week_before_they_end(counter):
    await counter.connect()
    assert await accounts.refresh_accounts(counter.database, settings=counter.settings) == 0
    before = await row(counter)
    await counter.execute("UPDATE payment_accounts SET token_expires_at = now() + interval '6 days'")
    assert await accounts.refresh_accounts(counter.database, settings=counter.settings) == 1
    after = await row(counter)
    box = SecretBox.of(counter.settings)
    assert unseal(after, box).access != unseal(before, box).access
    assert after.token_expires_at > utc_now() + timedelta(days=29)


async def test_a_token_that_is_over_is_refreshed_once(counter):
    await counter.connect()
    counter.square.end_tokens()
    await counter.open()
    assert len([call for call in counter.square.calls if call.path == "/oauth2/token"]) == 2


async def test_after_a_change_of_keys_tokens_are_sealed_anew(counter):
    await counter.connect()
    ring = {"new": b"0" * 32, **counter.settings.encryption_key_ring}
    keys = ",".join(f"{name}:{base64.b64encode(key).decode()}" for name, key in ring.items())
    changed = counter.settings.model_copy(update={"encryption_keys": SecretStr(keys)})
    token = unseal(await row(counter), SecretBox(ring)).access
    await accounts.refresh_accounts(counter.database, settings=changed)
    assert unseal(await row(counter), SecretBox({"new": ring["new"]})).access == token


async def test_disconnecting_gives_the_permission_back(counter):
    await counter.connect()
    for _ in range(2):
        path = f"/api/v1{counter.accounts}/square"
        answer = await counter.client.delete(path, headers=counter.studio.owner.headers)
        assert answer.status_code == 204
    assert counter.square.access_tokens == counter.square.refresh_tokens == {}
    kept = await row(counter)
    assert (kept.status, kept.access_token, kept.refresh_token) == ("revoked", None, None)
    problem(await counter.ask(), 409, "payments_not_connected")
    assert await counter.connect() == "connected"
    await counter.open()


async def test_an_owner_who_leaves_at_square_is_heard(counter):
    await counter.connect()
    counter.square.withdraw()
    await counter.hear()
    assert (await counter.account())["status"] == "revoked"
    problem(await counter.ask(), 409, "payments_not_connected")


async def test_news_of_an_old_revocation_changes_nothing(counter):
    await counter.connect()
    counter.square.withdraw()
    await counter.connect()
    await counter.hear()
    assert (await counter.account())["status"] == "active"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("POST", "/stripe"),
        ("GET", "/square/redirect"),
        ("GET", "/square/locations"),
        ("PUT", "/square/location"),
        ("DELETE", "/square"),
    ],
)
async def test_accounts_are_the_companys_own(counter, world, method, path):
    stranger = (await world.studio()).owner
    body = {"country": "GB"} if path == "/stripe" else {"ref": "LLONDON"}
    for person in (stranger, counter.customer):
        answer = await counter.client.request(
            method, f"/api/v1{counter.accounts}{path}", headers=person.headers, json=body
        )
        problem(answer, 403, "permission_missing")
    answer = await counter.client.request(
        method, f"/api/v1/companies/99999999/payment-accounts{path}", headers=stranger.headers, json=body
    )
    problem(answer, 404, "company_not_found")
