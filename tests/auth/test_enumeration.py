"""Nobody learns from us who has an account: not by an answer, not by a status, not by the time it takes."""

import time
from collections.abc import Awaitable, Callable
from functools import partial
from statistics import median

import bcrypt
import httpx
import pytest
from dirty_equals import IsPositiveInt
from sqlalchemy import func, select, update

from src.auth.models import OneTimeToken
from src.core.clock import utc_now
from src.users.models import User
from tests.auth.support import EMAIL, PASSWORD, join, log_in, plain_text, register

TRIES = 15
# Of the quicker of two; the work itself is tens of milliseconds of hashing, whichever the address.
LARGEST_DIFFERENCE = 0.35
SHORTEST_HASH_SECONDS = 0.01


@pytest.mark.parametrize("email", [EMAIL, "MIRA@example.com", "Mira@EXAMPLE.com", f"  {EMAIL} "])
async def test_a_taken_address_is_answered_exactly_like_a_new_one(client, session, email):
    first = await join(client)
    before = await session.scalar(select(func.max(User.id)))
    again = await register(client, email=email, password="another password", firstname="Mallory")
    fresh = await register(client, email="new@example.com", firstname="Mallory")

    assert again.status_code == fresh.status_code == 201
    assert again.headers.keys() == fresh.headers.keys()
    differs = {"id", "email", "created_at"}
    for field in fresh.json().keys() - differs:
        assert again.json()[field] == fresh.json()[field], field
    assert again.json().keys() == fresh.json().keys()
    # Ids go on without a gap that would tell.
    assert [again.json()["id"], fresh.json()["id"]] == [before + 1, before + 2]
    assert again.json()["email"] == email.strip().split("@")[0] + "@" + again.json()["email"].split("@")[1]
    assert again.json()["created_at"][:13] == fresh.json()["created_at"][:13]

    assert await session.scalar(select(func.count()).select_from(User)) == 2
    owner = await session.get(User, first["id"])
    assert (owner.firstname, owner.email) == ("Mira", EMAIL)
    assert (await log_in(client)).status_code == 200


async def test_the_address_of_a_deactivated_account_is_answered_alike_and_gets_no_mail(
    client, session, run_outbox, mailbox
):
    await register(client)
    await session.execute(update(User).values(deactivated_at=utc_now()))
    assert (await register(client)).json()["id"] == IsPositiveInt
    await run_outbox()
    assert mailbox == []


async def test_the_owner_is_told_by_mail_once_a_day(client, run_outbox, mailbox):
    await register(client)
    await run_outbox()
    for _ in range(3):
        await register(client, email=EMAIL.upper(), firstname="Mallory <b>")
    await run_outbox()
    told = [message for message in mailbox if message["Subject"] == "You already have an account"]
    assert [message["To"] for message in told] == [EMAIL]
    assert "/forgot-password" in plain_text(told[0])
    assert "Mallory" not in str(told[0])


async def test_only_the_first_registration_gets_a_link(client, session, run_outbox):
    await register(client)
    await register(client)
    await run_outbox()
    assert await session.scalar(select(func.count()).select_from(OneTimeToken)) == 1


async def seconds(ask: Callable[[], Awaitable[httpx.Response]], status: int) -> float:
    started = time.perf_counter()
    answer = await ask()
    taken = time.perf_counter() - started
    assert answer.status_code == status, answer.text
    return taken


def assert_alike(known: list[float], unknown: list[float]) -> None:
    """By the quickest of each, or on a busy machine by the one in the middle: a real difference shows in both."""
    print(f"known {sorted(known)}, unknown {sorted(unknown)}")
    assert min(known + unknown) > SHORTEST_HASH_SECONDS
    differences = [_difference(of(known), of(unknown)) for of in (min, median)]
    assert min(differences) < LARGEST_DIFFERENCE


def _difference(one: float, other: float) -> float:
    return abs(one - other) / min(one, other)


async def test_a_wrong_password_takes_as_long_as_no_account(client, monkeypatch):
    """Without the wait that hides what is left: the work is equal by itself."""
    monkeypatch.setattr("src.core.limits.Limiter.spend", spend_nothing)
    await register(client)
    known, unknown = [], []
    for number in range(TRIES):
        known.append(await seconds(lambda: log_in(client, password="five brass rooms"), 401))
        unknown.append(await seconds(partial(log_in, client, email=f"nobody{number}@example.com"), 401))
    assert_alike(known, unknown)


async def test_registering_a_taken_address_takes_as_long_as_a_new_one(client):
    for number in range(TRIES):
        await register(client, email=f"taken{number}@example.com")
    known, unknown = [], []
    for number in range(TRIES):
        known.append(await seconds(partial(register, client, email=f"taken{number}@example.com"), 201))
        unknown.append(await seconds(partial(register, client, email=f"new{number}@example.com"), 201))
    assert_alike(known, unknown)


async def test_timing_an_imported_account_says_nothing_either(client, session):
    """Laravel's bcrypt takes at least twice as long as our own hash; the wait is longer than both."""
    await register(client)
    from_laravel = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(10)).decode().replace("$2b$", "$2y$", 1)
    await session.execute(update(User).values(password_hash=from_laravel))
    known, unknown = [], []
    for _ in range(2):
        known.append(await seconds(lambda: log_in(client, password="five brass rooms"), 401))
        unknown.append(await seconds(lambda: log_in(client, email="nobody@example.com"), 401))
    assert_alike(known, unknown)


async def spend_nothing(*_: object) -> None:
    """Tries of a measurement are more than a person has."""
