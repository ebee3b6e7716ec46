"""The way that works, what it leaves behind, and who may go it."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import func, select, update

from src.auth.models import ExternalIdentity, Session, SignInCode
from src.core.attempts import LIFETIME_SECONDS
from src.core.clock import utc_now
from src.main import create_app
from src.users.models import User
from tests.auth.google.support import API, CHALLENGE, VERIFIER, opened_with
from tests.auth.support import EMAIL, refresh, refused, register, verification_tokens, who_am_i
from tests.support.openid_provider import PERSON


async def test_a_newcomer_is_signed_in_as_by_a_log_in(visitor, client, session, provider):
    opened = await visitor.sign_in()
    assert list(opened) == ["code"]
    answer = await visitor.exchange(opened["code"])
    assert answer.status_code == 200
    tokens = answer.json()
    assert tokens.keys() == {"access_token", "refresh_token", "token_type", "expires_in", "user"}
    assert tokens["user"]["email"] == EMAIL
    assert tokens["user"]["firstname"] == "Mira"
    assert tokens["user"]["lastname"] == "Okafor"
    assert tokens["user"]["is_verified"] is True
    assert (await who_am_i(client, tokens["access_token"])).json() == tokens["user"]
    assert (await refresh(client, tokens["refresh_token"])).status_code == 200

    user = (await session.scalars(select(User))).one()
    assert (user.password_hash, user.avatar) == (None, PERSON["picture"])
    identity = (await session.scalars(select(ExternalIdentity))).one()
    assert (identity.issuer, identity.subject) == (provider.url, PERSON["sub"])
    assert identity.user_id == user.id


async def test_a_newcomer_is_welcomed_and_not_asked_to_confirm(visitor, run_outbox, mailbox):
    await visitor.tokens()
    await run_outbox()
    assert mailbox.subjects(EMAIL) == ["Welcome to Downbeat"]
    assert verification_tokens(mailbox) == []


async def test_who_comes_again_is_the_same_person(visitor, session, provider):
    first = await visitor.tokens()
    # Everything but the subject may change, and Google need not vouch for an address that isn't asked for.
    provider.behaviour.person |= {
        "email": "other@example.com",
        "email_verified": False,
        "given_name": "Someone",
        "picture": "https://lh3.example.com/a/new",
    }
    again = await visitor.tokens()
    assert again["user"]["id"] == first["user"]["id"]
    assert again["user"]["email"] == EMAIL
    assert again["user"]["firstname"] == "Mira"
    user = (await session.scalars(select(User))).one()
    assert user.avatar == "https://lh3.example.com/a/new"
    assert await session.scalar(select(func.count()).select_from(Session)) == 2


@pytest.mark.parametrize(
    ("person", "firstname", "lastname"),
    [
        ({"given_name": None, "family_name": None}, "Mira Okafor", ""),
        ({"given_name": None, "family_name": None, "name": None}, "mira", ""),
        ({"given_name": " M\0ira\n", "family_name": 7}, "Mira", ""),
        ({"given_name": "x" * 500, "family_name": "ü" * 500}, "x" * 120, "ü" * 120),
    ],
)
async def test_names_are_taken_as_far_as_they_go(visitor, provider, person, firstname, lastname):
    provider.behaviour.person |= person
    user = (await visitor.tokens())["user"]
    assert (user["firstname"], user["lastname"]) == (firstname, lastname)


@pytest.mark.parametrize(
    "picture", [None, "javascript:alert(1)", "http://a.example", 7, "https://a/" + "x" * 500]
)
async def test_a_picture_is_an_https_address_or_none(visitor, session, provider, picture):
    provider.behaviour.person["picture"] = picture
    await visitor.tokens()
    assert await session.scalar(select(User.avatar)) is None


async def test_the_way_to_google_carries_all_that_binds_the_answer(visitor, provider):
    answers = [await visitor.click() for _ in range(2)]
    queries = [parse_qs(urlsplit(answer.headers["location"]).query) for answer in answers]
    for query in queries:
        assert query["redirect_uri"] == ["http://test/api/v1/auth/google/callback"]
        assert query["scope"] == ["openid email profile"]
        assert query["code_challenge_method"] == ["S256"]
    for name in ("state", "nonce", "code_challenge"):
        assert queries[0][name] != queries[1][name]
        assert len(queries[0][name][0]) >= 20
    # Discovery is remembered.
    assert provider.requests.count("/.well-known/openid-configuration") <= 1


async def test_the_cookie_is_short_lived_and_out_of_reach_of_scripts(visitor):
    answer = await visitor.click()
    cookie = answer.headers["set-cookie"]
    name, value = cookie.partition(";")[0].split("=", 1)
    assert name == "google_sign_in"
    for part in ("HttpOnly", "SameSite=lax", f"Max-Age={LIFETIME_SECONDS}", "Path=/"):
        assert part in cookie
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    assert query["state"][0] not in value
    assert query["nonce"][0] not in value
    await visitor.come_back(visitor.provider.visit(answer.headers["location"]))
    assert dict(visitor.browser.cookies) == {}


async def test_behind_https_the_cookie_is_secure_and_bound_to_the_host(google_settings, database, provider):
    app = create_app(google_settings.model_copy(update={"public_url": "https://api.example"}))
    app.state.database = database
    provider.redirect_uris.add("https://api.example/api/v1/auth/google/callback")
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="https://api.example") as browser:
        answer = await browser.get(f"{API}/auth/google/redirect")
        assert answer.headers["set-cookie"].startswith("__Host-google_sign_in=")
        assert "; Secure" in answer.headers["set-cookie"]
        assert "Domain" not in answer.headers["set-cookie"]
        back = await browser.get(provider.visit(answer.headers["location"]))
        assert "code" in opened_with(back)
        assert "__Host-google_sign_in" not in browser.cookies
    await app.state.limiter.close()


async def test_another_browser_can_not_use_what_this_one_started(visitor, client, provider):
    address = await visitor.go_to_google()
    client.cookies.clear()
    assert await visitor.come_back(address) == {"error": "google_state_invalid"}
    await visitor.click()
    assert await visitor.come_back(address) == {"error": "google_state_invalid"}
    assert "/token" not in provider.requests


@pytest.mark.parametrize("state", ["", "x", "é", "a%00b", "%ff"])
async def test_a_made_up_state_is_refused(visitor, state):
    await visitor.click()
    address = f"{API}/auth/google/callback?code=x&state={state}"
    assert await visitor.come_back(address) == {"error": "google_state_invalid"}


@pytest.mark.parametrize("cookie", ["", "x", "derived.x", "derived." + "QUFB" * 30, "unknown.QUFB"])
async def test_a_made_up_cookie_is_refused(visitor, client, cookie):
    address = await visitor.go_to_google()
    client.cookies.clear()
    client.cookies.set("google_sign_in", cookie)
    assert await visitor.come_back(address) == {"error": "google_state_invalid"}


async def test_an_attempt_ends_after_ten_minutes_whatever_the_browser_keeps(visitor, client, monkeypatch):
    monkeypatch.setattr("src.core.attempts.LIFETIME_SECONDS", -1)
    answer = await visitor.click()
    kept = answer.headers["set-cookie"].partition(";")[0].partition("=")[2]
    client.cookies.set("google_sign_in", kept)
    address = visitor.provider.visit(answer.headers["location"])
    assert await visitor.come_back(address) == {"error": "google_state_invalid"}


async def test_an_attempt_ends_by_its_use(visitor):
    address = await visitor.go_to_google()
    assert "code" in await visitor.come_back(address)
    assert await visitor.come_back(address) == {"error": "google_state_invalid"}


@pytest.mark.parametrize("name", ["next", "redirect_to", "redirect_uri", "return_to", "frontend_url"])
async def test_no_request_can_send_the_code_elsewhere(visitor, name):
    # `come_back` asserts that it is the page of the site.
    address = await visitor.go_to_google(**{name: "https://evil.example"})
    assert "code" in await visitor.come_back(f"{address}&{name}=https://evil.example")


async def test_a_code_works_once(visitor, session):
    code = (await visitor.sign_in())["code"]
    assert (await visitor.exchange(code)).status_code == 200
    assert refused(await visitor.exchange(code), 400, "google_code_invalid")
    assert await session.scalar(select(func.count()).select_from(SignInCode)) == 0


async def test_a_code_is_stored_as_a_hash_and_lives_for_a_minute(visitor, session):
    code = (await visitor.sign_in())["code"]
    stored = (await session.scalars(select(SignInCode))).one()
    assert code.encode() not in stored.token_hash
    assert timedelta(seconds=55) < stored.expires_at - utc_now() <= timedelta(minutes=1)
    await session.execute(update(SignInCode).values(expires_at=utc_now()))
    assert refused(await visitor.exchange(code), 400, "google_code_invalid")
    # The next sign-in tidies up.
    await visitor.sign_in()
    assert await session.scalar(select(func.count()).select_from(SignInCode)) == 1


@pytest.mark.parametrize("body", [{"code": ""}, {"code": "a\0b"}, {"code": None}, {}, {"code": "x" * 513}])
async def test_what_is_no_code_is_not_looked_up(client, body):
    answer = await client.post(f"{API}/auth/google/exchange", json=body)
    assert refused(answer, 422, "validation_failed")


@pytest.mark.parametrize("code", ["x", "é" * 43, "x" * 512])
async def test_a_made_up_code_is_refused(visitor, code):
    assert refused(await visitor.exchange(code), 400, "google_code_invalid")


async def test_a_code_with_a_challenge_needs_its_verifier(visitor):
    code = (await visitor.sign_in(code_challenge=CHALLENGE))["code"]
    assert refused(await visitor.exchange(code), 400, "google_code_invalid")
    assert refused(await visitor.exchange(code, code_verifier="x" * 43), 400, "google_code_invalid")
    assert (await visitor.exchange(code, code_verifier=VERIFIER)).status_code == 200


async def test_a_code_of_somebody_else_is_refused_by_a_site_that_always_sends_its_verifier(visitor):
    slipped = (await visitor.sign_in())["code"]
    assert refused(await visitor.exchange(slipped, code_verifier=VERIFIER), 400, "google_code_invalid")


@pytest.mark.parametrize("challenge", ["", "short", "x" * 44, "é" * 43])
async def test_what_is_no_challenge_is_refused(visitor, challenge):
    assert refused(await visitor.click(code_challenge=challenge), 422, "validation_failed")


async def test_who_is_deactivated_stays_out(visitor, session):
    opened = await visitor.sign_in()
    await session.execute(update(User).values(deactivated_at=utc_now()))
    assert refused(await visitor.exchange(opened["code"]), 403, "account_deactivated")
    assert await visitor.sign_in() == {"error": "account_deactivated"}
    assert await session.scalar(select(func.count()).select_from(Session)) == 0


async def test_an_address_of_somebody_deactivated_stays_closed(visitor, client, session):
    await register(client)
    await session.execute(update(User).values(deactivated_at=utc_now(), email_verified_at=utc_now()))
    assert await visitor.sign_in() == {"error": "account_deactivated"}


async def test_it_counts_as_a_log_in_of_this_client(app, visitor, google_settings):
    app.state.settings = google_settings.model_copy(update={"log_in_limit_per_client": "2/hour"})
    try:
        opened = await visitor.sign_in()
        assert (await visitor.exchange(opened["code"])).status_code == 200
        assert await visitor.sign_in() == {"error": "too_many_requests"}
        assert refused(await visitor.exchange("x"), 429, "too_many_requests")
    finally:
        app.state.settings = google_settings


async def test_without_a_client_at_google_it_is_not_there(google_settings, database):
    for missing in ({"google_client_id": ""}, {"google_client_secret": SecretStr("")}):
        app = create_app(google_settings.model_copy(update=missing))
        app.state.database = database
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as browser:
            for answer in (
                await browser.get(f"{API}/auth/google/redirect"),
                await browser.get(f"{API}/auth/google/callback?code=x&state=y"),
                await browser.post(f"{API}/auth/google/exchange", json={"code": "x"}),
            ):
                assert refused(answer, 404, "google_not_configured")
        await app.state.limiter.close()
