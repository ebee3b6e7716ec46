"""One token, many hands, at once: on a real database, with commits."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy import delete, select, update

from src.auth import passwords, repository
from src.auth.models import OneTimeToken, Session
from src.core.clock import utc_now
from src.core.events import OutboxRecord
from src.core.limits import Limiter
from src.core.mail.models import Mail
from src.main import create_app
from src.users import deletion
from src.users.models import User
from tests.auth.support import (
    EMAIL,
    PASSWORD,
    change_password,
    forgot_password,
    join,
    log_in,
    refresh,
    register,
    reset_password,
    reset_tokens,
    verification_tokens,
    verify_email,
    who_am_i,
)
from tests.support.services import create_extra_database
from tests.support.worker import Worker


@pytest.fixture(scope="module")
async def real_app(settings):
    app = create_app(settings.model_copy(update={"database_url": create_extra_database("auth_races")}))
    app.state.limiter = Limiter(settings.redis_url, prefix="limits:auth_races")
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def real_client(real_app) -> AsyncIterator[httpx.AsyncClient]:
    """Of somebody who is registered, as always in these tests; nobody else is."""
    async with real_app.state.database.transaction() as session:
        for table in (User, Mail, OutboxRecord):
            await session.execute(delete(table))
    await real_app.state.limiter._redis.reset()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(real_app), base_url="http://test") as client:
        await join(client)
        yield client


@pytest.fixture
async def postman(real_app, settings) -> Worker:
    return Worker(real_app.state.database, settings)


def outcomes(answers: list[httpx.Response]) -> Counter[str]:
    return Counter("ok" if answer.is_success else answer.json()["code"] for answer in answers)


async def test_of_ten_parallel_refreshes_one_gets_tokens_and_the_session_ends(real_client):
    """The rule for a token in two hands: whoever is second ends the session for both."""
    tokens = (await log_in(real_client)).json()
    answers = await asyncio.gather(*(refresh(real_client, tokens["refresh_token"]) for _ in range(10)))
    assert outcomes(answers) == {"ok": 1, "refresh_token_reused": 9}
    (winner,) = (answer.json() for answer in answers if answer.is_success)
    assert (await who_am_i(real_client, winner["access_token"])).json()["code"] == "session_ended"
    assert (await refresh(real_client, winner["refresh_token"])).json()["code"] == "session_ended"


async def new_reset_token(client: httpx.AsyncClient, postman: Worker) -> str:
    await forgot_password(client)
    await postman.run()
    (token,) = reset_tokens(postman.mailbox)
    return token


async def test_of_twenty_uses_of_one_reset_token_one_succeeds(real_client, postman):
    token = await new_reset_token(real_client, postman)
    candidates = [f"brass room number {number}" for number in range(20)]
    answers = await asyncio.gather(
        *(reset_password(real_client, token, candidate) for candidate in candidates)
    )
    assert outcomes(answers) == {"ok": 1, "link_used": 19}
    winner = next(
        candidate for candidate, answer in zip(candidates, answers, strict=True) if answer.is_success
    )
    assert (await log_in(real_client, password=winner)).status_code == 200
    await postman.run()
    assert postman.mailbox.subjects(EMAIL).count("Your password was changed") == 1


async def test_without_its_guard_the_token_would_work_more_than_once(real_client, postman, monkeypatch):
    """Negative control: reading first and writing then is what the one statement is there to prevent."""

    both_have_read = asyncio.Barrier(2)

    async def read_then_write(session, token_hash, purpose, now):
        token = await session.scalar(select(OneTimeToken).where(OneTimeToken.token_hash == token_hash))
        await asyncio.wait_for(both_have_read.wait(), 10)
        if token.used_at is not None:
            return None
        await session.execute(update(OneTimeToken).where(OneTimeToken.id == token.id).values(used_at=now))
        return token.user_id

    async def hash_at_once(password):
        return f"hash of {password}"

    monkeypatch.setattr(passwords, "make_hash", hash_at_once)
    token = await new_reset_token(real_client, postman)
    monkeypatch.setattr(repository, "use_one_time_token", read_then_write)
    answers = await asyncio.gather(
        *(reset_password(real_client, token, f"brass room number {number}") for number in range(2))
    )
    assert outcomes(answers) == {"ok": 2}


async def test_of_twenty_uses_of_one_verification_token_one_succeeds(real_client, postman):
    await register(real_client, email="new@example.com")
    await postman.run()
    (token,) = verification_tokens(postman.mailbox)
    answers = await asyncio.gather(*(verify_email(real_client, token) for _ in range(20)))
    assert outcomes(answers) == {"ok": 1, "link_used": 19}
    await postman.run()
    assert postman.mailbox.subjects("new@example.com").count("Welcome to Downbeat") == 1


async def test_parallel_registrations_of_one_address_make_one_account(real_client, real_app):
    await real_app.state.limiter._redis.reset()
    answers = await asyncio.gather(*(register(real_client, email="many@example.com") for _ in range(5)))
    assert outcomes(answers) == {"ok": 5}
    assert len({answer.json()["id"] for answer in answers}) == 5
    async with real_app.state.database.reading() as session:
        owners = (await session.scalars(select(User.id).where(User.email == "many@example.com"))).all()
    assert len(owners) == 1


async def test_no_session_of_the_old_password_outlives_its_change(real_client):
    """Log-ins that had verified the old password when it changed are refused, or end with the other sessions."""
    here = (await log_in(real_client)).json()
    changed, *log_ins = await asyncio.gather(
        change_password(real_client, here["access_token"], PASSWORD, "five brass rooms"),
        *(log_in(real_client) for _ in range(6)),
    )
    assert changed.status_code == 204
    assert (await who_am_i(real_client, here["access_token"])).status_code == 200
    for answer in log_ins:
        if answer.is_success:
            after = await who_am_i(real_client, answer.json()["access_token"])
            assert after.json()["code"] == "session_ended"
        else:
            assert answer.json()["code"] == "invalid_credentials"


async def test_a_log_in_that_verified_too_early_opens_nothing(real_client, monkeypatch):
    """The same, without luck: the password changes between a log-in's look at the hash and its session."""
    here = (await log_in(real_client)).json()
    verify = passwords.verify
    is_late = asyncio.Event()

    async def late(password, password_hash):
        verification = await verify(password, password_hash)
        if is_late.is_set():
            is_late.clear()
            changed = await change_password(real_client, here["access_token"], PASSWORD, "five brass rooms")
            assert changed.status_code == 204
        return verification

    monkeypatch.setattr(passwords, "verify", late)
    is_late.set()
    assert (await log_in(real_client)).json()["code"] == "invalid_credentials"


async def deactivate(app, user_id):
    async with app.state.database.transaction() as session:
        await session.execute(update(User).where(User.id == user_id).values(deactivated_at=utc_now()))


async def delete_account(app, user_id):
    async with app.state.database.transaction() as session:
        await deletion.delete_account(session, user_id=user_id, data=app.state.personal_data, now=utc_now())


@pytest.mark.parametrize("end", [deactivate, delete_account])
async def test_a_log_in_that_is_overtaken_by_the_end_of_the_account_leaves_no_session(
    real_client, real_app, monkeypatch, end
):
    """It would be refused, until the account is opened again; and somebody who has left keeps no devices."""
    user_id = (await log_in(real_client)).json()["user"]["id"]
    verify = passwords.verify

    async def overtaken(password, password_hash):
        verification = await verify(password, password_hash)
        await end(real_app, user_id)
        return verification

    monkeypatch.setattr(passwords, "verify", overtaken)
    assert (await log_in(real_client)).json()["code"] == "invalid_credentials"
    async with real_app.state.database.reading() as session:
        opened = (await session.scalars(select(Session.id).where(Session.user_id == user_id))).all()
    assert len(opened) == 1


async def test_a_password_is_not_changed_for_somebody_who_has_left_meanwhile(
    real_client, real_app, postman, monkeypatch
):
    here = (await log_in(real_client)).json()
    token = await new_reset_token(real_client, postman)
    make_hash = passwords.make_hash

    async def overtaken(password):
        await delete_account(real_app, here["user"]["id"])
        return await make_hash(password)

    monkeypatch.setattr(passwords, "make_hash", overtaken)
    changed = await change_password(real_client, here["access_token"], PASSWORD, "five brass rooms")
    assert changed.json()["code"] == "wrong_password"
    monkeypatch.setattr(passwords, "make_hash", make_hash)
    assert (await reset_password(real_client, token, "six brass rooms")).json()["code"] == "link_invalid"
    async with real_app.state.database.reading() as session:
        left = await session.get_one(User, here["user"]["id"])
    assert left.password_hash is None
