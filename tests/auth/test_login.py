import bcrypt
import pytest
from dirty_equals import IsStr
from sqlalchemy import select, update

from src.auth.models import Session
from src.core.clock import utc_now
from src.users.models import User
from tests.auth.support import API, EMAIL, PASSWORD, join, log_in, refused, who_am_i


async def test_logging_in_answers_with_tokens_and_the_user(client):
    user = await join(client)
    answer = await log_in(client)
    assert answer.status_code == 200
    assert answer.json() == {
        "access_token": IsStr(regex=r"[\w\-]+\.[\w\-]+\.[\w\-]+"),
        "refresh_token": IsStr(regex=r"[\w\-]{43}"),
        "token_type": "bearer",
        "expires_in": 900,
        "user": user,
    }
    assert (await who_am_i(client, answer.json()["access_token"])).json() == user


@pytest.mark.parametrize("email", [EMAIL.upper(), f" {EMAIL} "])
async def test_the_address_may_be_typed_in_any_case(client, email):
    await join(client)
    assert (await log_in(client, email=email)).status_code == 200


@pytest.mark.parametrize(
    ("registered", "typed"),
    [
        ("mira@xn--mnchen-3ya.example", "mira@xn--mnchen-3ya.example"),
        ("mira@xn--mnchen-3ya.example", "mira@m\N{LATIN SMALL LETTER U WITH DIAERESIS}nchen.example"),
        (
            "rene\N{COMBINING ACUTE ACCENT}e@example.com",
            "ren\N{LATIN SMALL LETTER E WITH ACUTE}e@example.com",
        ),
        (
            "ren\N{LATIN SMALL LETTER E WITH ACUTE}e@example.com",
            "rene\N{COMBINING ACUTE ACCENT}e@example.com",
        ),
        ("Mira Okafor <mira@example.com>", "Mira Okafor <mira@example.com>"),
    ],
    ids=ascii,
)
async def test_the_address_may_be_written_in_any_way_that_can_be_registered(client, registered, typed):
    await join(client, email=registered)
    assert (await log_in(client, email=typed)).status_code == 200
    form = await client.post(f"{API}/auth/token", data={"username": typed, "password": PASSWORD})
    assert form.status_code == 200


async def test_the_oauth2_form_answers_the_same(client):
    await join(client)
    form = {"grant_type": "password", "username": EMAIL, "password": PASSWORD, "scope": "", "client_id": ""}
    answer = await client.post(f"{API}/auth/token", data=form)
    assert answer.status_code == 200
    assert answer.json().keys() == (await log_in(client)).json().keys()
    assert (await who_am_i(client, answer.json()["access_token"])).status_code == 200
    wrong = await client.post(f"{API}/auth/token", data=form | {"password": "five brass rooms"})
    assert refused(wrong, 401, "invalid_credentials")
    assert refused(
        await client.post(f"{API}/auth/token", data=form | {"grant_type": "implicit"}),
        422,
        "validation_failed",
    )


async def test_every_refusal_looks_the_same(client, session):
    await join(client)
    refusals = [
        await log_in(client, password="five brass rooms"),
        await log_in(client, email="nobody@example.com"),
        await log_in(client, email="not an address"),
    ]
    await session.execute(update(User).values(deactivated_at=utc_now()))
    refusals.append(await log_in(client))
    await session.execute(update(User).values(deactivated_at=None, email_verified_at=None))
    refusals.append(await log_in(client))
    await session.execute(update(User).values(email_verified_at=utc_now(), password_hash=None))
    refusals.append(await log_in(client))
    for refusal in refusals:
        assert refused(refusal, 401, "invalid_credentials")
    assert len({refusal.json()["detail"] for refusal in refusals}) == 1


@pytest.mark.parametrize(
    ("email", "password"), [("a\0b", "x"), (EMAIL, "a\0b"), (EMAIL, ""), ("", "x"), (EMAIL, "x" * 129)]
)
async def test_what_nobody_can_have_registered_is_not_even_tried(client, email, password):
    assert refused(await log_in(client, email=email, password=password), 422, "validation_failed")
    form = await client.post(f"{API}/auth/token", data={"username": email, "password": password})
    assert refused(form, 422, "validation_failed")


@pytest.mark.parametrize(
    ("password", "nearly"),
    [
        ("ü" * 128, "ü" * 127),
        ("🎺🎷🥁🎻🎸🎹🎤🎧", "🎺🎷🥁🎻🎸🎹🎤🎤"),
        ("  with spaces  ", "with spaces"),
    ],
)
async def test_passwords_are_taken_as_they_are(client, password, nearly):
    await join(client, password=password)
    assert (await log_in(client, password=password)).status_code == 200
    assert refused(await log_in(client, password=nearly), 401, "invalid_credentials")


async def test_a_hash_from_laravel_is_upgraded_by_the_first_log_in(client, session):
    await join(client)
    from_laravel = bcrypt.hashpw(b"an older password", bcrypt.gensalt(4)).decode().replace("$2b$", "$2y$", 1)
    await session.execute(update(User).values(password_hash=from_laravel))
    assert refused(await log_in(client), 401, "invalid_credentials")
    assert await session.scalar(select(User.password_hash)) == from_laravel
    for _ in range(2):
        assert (await log_in(client, password="an older password")).status_code == 200
    upgraded = await session.scalar(select(User.password_hash))
    assert upgraded is not None
    assert upgraded.startswith("$argon2id$")


async def test_a_session_knows_its_device(client, session):
    await join(client)
    await log_in(client, headers={"User-Agent": "Browser " + "x" * 400})
    opened = (await session.scalars(select(Session))).one()
    assert opened.user_agent == ("Browser " + "x" * 400)[:300]
    assert opened.ip == "127.0.0.1"
    assert (opened.expires_at - utc_now()).days in (29, 30)
