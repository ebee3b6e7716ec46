"""Whose account a Google account opens: only one whose address both sides have verified, and then for good."""

import pytest
from sqlalchemy import func, select, update

from src.auth.models import ExternalIdentity
from src.core.clock import utc_now
from src.users.models import User
from tests.auth.support import (
    EMAIL,
    bearer,
    forgot_password,
    log_in,
    register,
    reset_password,
    reset_tokens,
    verification_tokens,
    verify_email,
)


async def count(session, table):
    return await session.scalar(select(func.count()).select_from(table))


@pytest.mark.parametrize("email", [EMAIL, "MIRA@example.com"])
async def test_an_account_with_the_same_verified_address_is_connected(
    visitor, client, session, provider, email
):
    user = (await register(client, email=email, firstname="Myself")).json()
    await session.execute(update(User).values(email_verified_at=utc_now()))
    tokens = await visitor.tokens()
    assert tokens["user"]["id"] == user["id"]
    assert tokens["user"]["firstname"] == "Myself"
    assert tokens["user"]["email"] == email
    # The password stays good, and the address may change on either side from now on.
    assert (await log_in(client, email=email)).status_code == 200
    provider.behaviour.person["email"] = "else@example.com"
    assert (await visitor.tokens())["user"]["id"] == user["id"]
    assert await count(session, User) == 1


@pytest.mark.parametrize("verified", [False, None, "true", "false", 1, "yes", [True]])
async def test_an_address_that_google_has_not_verified_opens_and_makes_nothing(
    visitor, client, session, provider, verified
):
    provider.behaviour.person["email_verified"] = verified
    assert await visitor.sign_in() == {"error": "google_email_not_verified"}
    await register(client)
    await session.execute(update(User).values(email_verified_at=utc_now()))
    assert await visitor.sign_in() == {"error": "google_email_not_verified"}
    assert await count(session, ExternalIdentity) == 0
    assert await count(session, User) == 1


@pytest.mark.parametrize("email", [None, "", "mira", 7, "a@b\0c.example", "x" * 330 + "@example.com"])
async def test_what_is_no_address_makes_no_account(visitor, session, provider, email):
    provider.behaviour.person["email"] = email
    assert await visitor.sign_in() == {"error": "google_email_not_verified"}
    assert await count(session, User) == 0


async def test_whoever_registers_an_address_first_gains_nothing_by_it(
    visitor, client, session, run_outbox, mailbox
):
    """Mallory registers Mira's address, and waits for Mira to come through Google into Mallory's account."""
    await register(client, password="mallory knows this")
    assert (await log_in(client, password="mallory knows this")).status_code == 401
    assert await visitor.sign_in() == {"error": "account_not_verified"}
    assert await count(session, ExternalIdentity) == 0

    # The way that the error's description names: it is Mira's mailbox.
    await forgot_password(client)
    await run_outbox()
    (token,) = reset_tokens(mailbox)
    assert (await reset_password(client, token, "only mira knows this")).status_code == 204
    await visitor.tokens()
    assert await count(session, User) == 1
    assert (await log_in(client, password="mallory knows this")).status_code == 401


async def test_who_has_registered_and_confirmed_is_connected(visitor, client, run_outbox, mailbox):
    user = (await register(client)).json()
    await run_outbox()
    (token,) = verification_tokens(mailbox)
    await verify_email(client, token)
    assert (await visitor.tokens())["user"]["id"] == user["id"]


async def test_an_address_that_has_passed_to_another_google_account_opens_nothing(visitor, session, provider):
    await visitor.tokens()
    provider.behaviour.person["sub"] = "another person with this address now"
    assert await visitor.sign_in() == {"error": "other_google_account"}
    assert await count(session, ExternalIdentity) == 1


async def test_the_same_subject_of_another_issuer_is_somebody_else(visitor, session):
    first = await visitor.tokens()
    await session.execute(update(ExternalIdentity).values(issuer="https://accounts.google.com"))
    await session.execute(update(User).values(email="elsewhere@example.com"))
    assert (await visitor.tokens())["user"]["id"] != first["user"]["id"]


async def test_the_account_shows_in_the_export_and_goes_with_the_user(
    visitor, client, session, run_outbox, provider
):
    tokens = await visitor.tokens()
    headers = bearer(tokens["access_token"])
    document = (await client.get("/api/v1/users/me/export", headers=headers)).json()
    (shown,) = document["external_identities"]
    assert (shown["issuer"], shown["subject"]) == (provider.url, provider.behaviour.person["sub"])

    assert (await client.delete("/api/v1/users/me", headers=headers)).status_code == 204
    assert await visitor.sign_in() == {"error": "account_deactivated"}
    await run_outbox()
    assert await count(session, ExternalIdentity) == 0
    assert (await visitor.tokens())["user"]["id"] != tokens["user"]["id"]
