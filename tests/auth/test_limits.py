"""The limits over HTTP. How they count is the subject of tests/core/test_limits.py."""

import asyncio
import socket
import time

import httpx
import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import create_async_engine

from src.auth.limits import _network
from src.core.clock import utc_now
from src.core.limits import Limiter
from src.users.models import User
from tests.auth.support import (
    API,
    EMAIL,
    PASSWORD,
    change_password,
    forgot_password,
    join,
    log_in,
    refused,
    register,
    registered_tokens,
    reset_password,
    verify_email,
)
from tests.support.product import Product
from tests.support.services import create_extra_database

WRONG = "five brass rooms"


async def resend(client, email=EMAIL):
    return await client.post(f"{API}/auth/resend-verification", json={"email": email})


def from_elsewhere(app):
    """Another client address."""
    transport = httpx.ASGITransport(app, client=("192.0.2.7", 1))
    return httpx.AsyncClient(transport=transport, base_url="http://test")


@pytest.mark.parametrize("email", [EMAIL, "nobody@example.com"])
async def test_a_password_is_guessed_ten_times_at_most(client, app, email):
    """Wherever the guesses come from, however the address is typed, and whether or not there is an account."""
    await register(client)
    async with from_elsewhere(app) as elsewhere:
        for number in range(10):
            answer = await log_in(client if number % 2 else elsewhere, email=email, password=WRONG)
            assert refused(answer, 401, "invalid_credentials")
        for one in (client, elsewhere):
            answer = await log_in(one, email=f" {email.upper()}")
            assert refused(answer, 429, "too_many_requests")
            assert 1 <= int(answer.headers["Retry-After"]) <= 900
        form = await client.post(f"{API}/auth/token", data={"username": email, "password": WRONG})
        assert refused(form, 429, "too_many_requests")
    assert refused(await log_in(client, email="other@example.com"), 401, "invalid_credentials")


async def test_no_letter_that_the_database_folds_makes_another_account(client):
    """`lower()` of PostgreSQL takes a capital I with a dot for an i; Python does not."""
    dotted = EMAIL.replace("i", "\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}", 1)
    await join(client)
    assert (await log_in(client, email=dotted)).status_code == 200
    for number in range(10):
        await log_in(client, email=dotted if number % 2 else EMAIL, password=WRONG)
    for email in (EMAIL, dotted):
        assert refused(await log_in(client, email=email), 429, "too_many_requests")


async def test_nobody_uses_up_the_tries_of_somebody_who_is_logged_in(client):
    """Whatever is typed as an address: the tries to change a password are counted for a person, not for a name."""
    tokens = await registered_tokens(client)
    user_id = tokens["user"]["id"]
    for email in (f"user {user_id}", str(user_id)):
        for _ in range(10):
            await log_in(client, email=email, password=WRONG)
        assert refused(await log_in(client, email=email, password=WRONG), 429, "too_many_requests")
    changed = await change_password(client, tokens["access_token"], PASSWORD, "five brass rooms")
    assert changed.status_code == 204


async def test_who_logs_in_has_all_tries_again(client):
    await join(client)
    for _ in range(2):
        for _ in range(9):
            assert (await log_in(client, password=WRONG)).status_code == 401
        assert (await log_in(client)).status_code == 200


async def test_an_address_is_registered_five_times_an_hour_at_most(client):
    for _ in range(5):
        assert (await register(client)).status_code == 201
    assert refused(await register(client), 429, "too_many_requests")
    assert (await register(client, email="other@example.com")).status_code == 201


@pytest.mark.parametrize("ask", [forgot_password, resend])
@pytest.mark.parametrize("email", [EMAIL, "nobody@example.com"])
async def test_mails_are_asked_for_five_times_an_hour_at_most(client, ask, email):
    await register(client)
    for _ in range(5):
        assert (await ask(client, email)).status_code == 202
    assert refused(await ask(client, email), 429, "too_many_requests")
    assert (await ask(client, "other@example.com")).status_code == 202


async def ask_to_register(client, number):
    return await register(client, email=f"person{number}@example.com")


async def ask_to_log_in(client, number):
    return await log_in(client, email=f"person{number}@example.com")


async def ask_to_recover(client, number):
    return await forgot_password(client, f"person{number}@example.com")


async def ask_to_reset(client, number):
    return await reset_password(client, f"token {number}", WRONG)


async def ask_to_resend(client, number):
    return await resend(client, f"person{number}@example.com")


async def ask_to_verify(client, number):
    return await verify_email(client, f"token {number}")


@pytest.mark.parametrize(
    ("action", "ask"),
    [
        ("log_in", ask_to_log_in),
        ("registration", ask_to_register),
        ("recovery", ask_to_recover),
        ("recovery", ask_to_reset),
        ("verification", ask_to_resend),
        ("verification", ask_to_verify),
    ],
)
async def test_a_client_address_has_a_limit_over_all_accounts(
    client, app, settings, monkeypatch, action, ask
):
    monkeypatch.setattr(settings, f"{action}_limit_per_client", "3/hour")
    for number in range(3):
        assert (await ask(client, number)).status_code != 429
    # What a client says about its address changes nothing: no proxy of ours stands in front.
    client.headers["X-Forwarded-For"] = "198.51.100.1"
    assert refused(await ask(client, 4), 429, "too_many_requests")
    async with from_elsewhere(app) as elsewhere:
        assert (await ask(elsewhere, 4)).status_code != 429


@pytest.mark.parametrize(
    ("ip", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:0:1:2:3:4:5", "2001:db8:0:1::/64"),
        ("2001:db8:0:1:9::", "2001:db8:0:1::/64"),
        (None, "unknown"),
        ("unix", "unknown"),
    ],
)
def test_a_client_is_its_address_or_its_ipv6_network(ip, network):
    assert _network(ip) == network


@pytest.fixture(params=["dead", "silent"])
def broken_redis(request):
    """Nobody listens, or somebody takes connections and never says a word."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        if request.param == "silent":
            taken.listen()
        yield f"redis://127.0.0.1:{taken.getsockname()[1]}/0"


async def test_logging_in_works_without_redis(client, app, broken_redis):
    await join(client)
    whole = app.state.limiter
    app.state.limiter = Limiter(broken_redis)
    started = time.perf_counter()
    answer = await log_in(client)
    assert time.perf_counter() - started < 1
    assert answer.status_code == 200
    statuses = [(await log_in(client, password=WRONG)).status_code for _ in range(11)]
    assert statuses == [401] * 10 + [429]
    await app.state.limiter.close()
    app.state.limiter = whole


async def confirm_everybody(url):
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.execute(update(User).values(email_verified_at=utc_now()))
    await engine.dispose()


@pytest.mark.processes
async def test_two_processes_count_together_and_believe_only_their_proxies(redis_url, tmp_path):
    url = create_extra_database("auth_limits")
    one = Product(database_url=url, redis_url=redis_url, folder=tmp_path / "one", TRUSTED_PROXY_HOPS="1")
    two = Product(database_url=url, redis_url=redis_url, folder=tmp_path / "two")
    with one, two:
        await asyncio.gather(asyncio.to_thread(one.start_api), asyncio.to_thread(two.start_api))
        async with (
            httpx.AsyncClient(base_url=one.url) as first,
            httpx.AsyncClient(base_url=two.url) as second,
        ):
            email = f"{tmp_path.name}@example.com"
            # One after another: Redis has to answer in time, also on a machine that is busy with other tests.
            tries = [await log_in(one, email=email) for _ in range(6) for one in (first, second)]
            assert [answer.status_code for answer in tries] == [401] * 10 + [429] * 2

            assert (await register(first, email=f"new-{email}")).status_code == 201
            await confirm_everybody(url)
            forged = {"X-Forwarded-For": "198.51.100.1, 192.0.2.7"}
            ips = []
            for client in (first, second):
                tokens = (await log_in(client, email=f"new-{email}", headers=forged)).json()
                bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
                listed = (await client.get(f"{API}/auth/sessions", headers=bearer)).json()
                ips.append(next(item["ip"] for item in listed["items"] if item["is_current"]))
            assert ips == ["192.0.2.7", "127.0.0.1"]
