"""Whatever the provider does wrong, nobody is signed in, and the site is told by a code."""

import asyncio
import logging
import socket
import time
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import func, select
from structlog.testing import CapturingLogger

from src.auth.google import client as google_client
from src.auth.google.client import GoogleClient
from src.users.models import User
from tests.auth.google.support import API, Visitor, opened_with
from tests.support.openid_provider import CLIENT_ID, CLIENT_SECRET

NOW = int(time.time())
DISCOVERY, TOKEN, KEYS = "/.well-known/openid-configuration", "/token", "/keys"


@pytest.fixture(autouse=True)
async def _nobody_was_signed_in(session):
    yield
    assert await session.scalar(select(func.count()).select_from(User)) == 0


@pytest.fixture
def forgetful(app, google_settings):
    """A process that has just started: it knows neither endpoints nor keys."""
    app.state.google = GoogleClient(google_settings)


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "of another sign-in"},
        {"nonce": None},
        {"aud": "another client"},
        {"aud": ["another client"]},
        {"aud": [CLIENT_ID, "another client"], "azp": None},
        {"aud": [CLIENT_ID, "another client"], "azp": "another client"},
        {"aud": None},
        {"azp": "another client"},
        {"iss": "https://accounts.google.com"},
        {"iss": None},
        {"exp": NOW - 120},
        {"exp": None},
        {"exp": "never"},
        {"iat": NOW + 3600},
        {"iat": None},
        {"nbf": NOW + 3600},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": "x" * 256},
        {"sub": "a\0b"},
        {"at_hash": "of another access token"},
    ],
    ids="-".join,  # without the values: two xdist workers may start in two seconds
)
async def test_an_id_token_that_is_not_for_this_sign_in_is_refused(visitor, provider, claims):
    provider.behaviour.claims = claims
    assert await visitor.sign_in() == {"error": "google_failed"}


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
async def test_only_the_pinned_algorithm_counts_whatever_discovery_allows(visitor, provider, algorithm):
    provider.behaviour.algorithm = algorithm
    assert await visitor.sign_in() == {"error": "google_failed"}


async def test_a_signature_by_another_key_of_the_same_name_is_refused(visitor, provider):
    provider.behaviour.signs_with_foreign_key = True
    assert await visitor.sign_in() == {"error": "google_failed"}


@pytest.mark.parametrize("path", [DISCOVERY, TOKEN, KEYS])
@pytest.mark.parametrize("status", [500, 503])
@pytest.mark.usefixtures("forgetful")
async def test_a_provider_with_trouble_is_unavailable(visitor, provider, path, status):
    provider.behaviour.status[path] = status
    answer = await visitor.click()
    if path != DISCOVERY:
        answer = await visitor.browser.get(provider.visit(answer.headers["location"]))
    assert opened_with(answer) == {"error": "google_unavailable"}


@pytest.mark.parametrize("path", [DISCOVERY, TOKEN, KEYS])
@pytest.mark.usefixtures("forgetful")
async def test_a_provider_that_hangs_is_given_up(visitor, provider, path, monkeypatch):
    monkeypatch.setattr(google_client, "PROVIDER_SECONDS", 0.1)
    provider.behaviour.seconds[path] = 1.2
    started = time.monotonic()
    answer = await visitor.click()
    if path != DISCOVERY:
        answer = await visitor.browser.get(provider.visit(answer.headers["location"]))
    assert opened_with(answer) == {"error": "google_unavailable"}
    assert time.monotonic() - started < 1.1


@pytest.mark.parametrize("path", [DISCOVERY, TOKEN, KEYS])
@pytest.mark.parametrize("body", [b"<html>", b"{}", b"[]", b"null", b'"text"', b'{"keys": []}', b"\xff"])
@pytest.mark.usefixtures("forgetful")
async def test_nonsense_is_refused_and_not_remembered(visitor, provider, path, body):
    provider.behaviour.body[path] = body
    answer = await visitor.click()
    if path != DISCOVERY:
        answer = await visitor.browser.get(provider.visit(answer.headers["location"]))
    assert opened_with(answer) == {"error": "google_failed"}
    provider.behaviour.body = {}
    provider.behaviour.person["email_verified"] = False
    assert await visitor.sign_in() == {"error": "google_email_not_verified"}  # as far as that person gets


async def test_a_dead_provider_is_unavailable_and_nothing_else_is(app, client, google_settings):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{unused.getsockname()[1]}/"
    working = app.state.google
    app.state.google = GoogleClient(
        google_settings.model_copy(update={"google_server_metadata_url": address})
    )
    try:
        answer = await client.get(f"{API}/auth/google/redirect")
        assert opened_with(answer) == {"error": "google_unavailable"}
        assert (await client.get(f"{API}/countries")).status_code == 200
    finally:
        app.state.google = working


async def test_who_says_no_at_google_is_sent_back(visitor, provider):
    provider.behaviour.denies = True
    assert await visitor.sign_in() == {"error": "google_denied"}
    assert TOKEN not in provider.requests


@pytest.mark.parametrize("query", ["error=server_error", "error=access_denied&code=x", "", "error="])
async def test_other_answers_of_the_log_in_page_are_failures(visitor, query):
    state = await started(visitor)
    opened = await visitor.come_back(f"{API}/auth/google/callback?state={state}&{query}")
    assert opened == {"error": "google_denied" if "denied" in query else "google_failed"}


@pytest.mark.parametrize("code", ["made-up", "é", "%00", "x" * 5000])
async def test_a_made_up_code_is_a_failure(visitor, code):
    state = await started(visitor)
    opened = await visitor.come_back(f"{API}/auth/google/callback?state={state}&code={code}")
    assert opened == {"error": "google_failed"}


async def test_a_code_of_another_sign_in_fails_at_the_provider(visitor, provider):
    """PKCE: a code that was stolen on its way can't be brought by another browser."""
    stolen = parse_qs(urlsplit(await visitor.go_to_google()).query)["code"][0]
    state = await started(visitor)
    opened = await visitor.come_back(f"{API}/auth/google/callback?state={state}&code={stolen}")
    assert opened == {"error": "google_failed"}
    assert TOKEN in provider.requests


async def test_hanging_sign_ins_hold_no_connection(visitor, provider, app, google_settings, monkeypatch):
    """More of them than the pool has connections, and others are served meanwhile."""
    provider.behaviour.seconds[TOKEN] = 1
    provider.behaviour.status[TOKEN] = 503
    async with app.router.lifespan_context(app):  # with the real pool instead of the test's connection
        pool = app.state.database._engine.pool
        browsers = [
            Visitor(
                type(visitor.browser)(transport=visitor.browser._transport, base_url="http://test"), provider
            )
            for _ in range(google_settings.database_pool_size + 2)
        ]
        sign_ins = [asyncio.create_task(browser.sign_in()) for browser in browsers]
        async with asyncio.timeout(5):
            while provider.requests.count(TOKEN) < len(browsers):  # noqa: ASYNC110 - of another thread
                await asyncio.sleep(0.01)
        assert pool.checkedout() == 0
        assert (await visitor.browser.get(f"{API}/countries")).status_code == 200
        assert not any(sign_in.done() for sign_in in sign_ins)
        assert [await sign_in for sign_in in sign_ins] == [{"error": "google_unavailable"}] * len(browsers)
        for browser in browsers:
            await browser.browser.aclose()


async def test_no_secret_is_logged(visitor, provider, caplog, monkeypatch):
    logger = CapturingLogger()
    monkeypatch.setattr(google_client, "log", logger)
    with caplog.at_level(logging.DEBUG):
        provider.behaviour.claims = {"nonce": "wrong"}
        address = await visitor.go_to_google()
        cookie = visitor.browser.cookies["google_sign_in"]
        await visitor.come_back(address)
    query = parse_qs(urlsplit(address).query)
    # The addresses that the test itself asks for are httpx' business.
    logged = "".join(record.getMessage() for record in caplog.records if record.name != "httpx")
    logged += str(logger.calls)
    assert "google_answer_invalid" in logged
    for secret in (query["code"][0], query["state"][0], cookie, CLIENT_SECRET, "code_verifier"):
        assert secret not in logged


async def started(visitor: Visitor) -> str:
    answer = await visitor.click()
    return parse_qs(urlsplit(answer.headers["location"]).query)["state"][0]
