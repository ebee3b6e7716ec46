from datetime import timedelta

import httpx
import pytest
from dirty_equals import IsPositiveInt, IsStr
from sqlalchemy import select, update

from src.auth.models import OneTimeToken
from src.core.clock import utc_now
from src.core.events import OutboxRecord
from src.core.mail.models import Mail
from src.users.models import User
from tests.auth.support import (
    API,
    EMAIL,
    PASSWORD,
    log_in,
    plain_text,
    refresh,
    refused,
    register,
    registered_tokens,
    verification_tokens,
    verify_email,
    who_am_i,
)


async def test_registering_answers_with_the_user_and_nothing_secret(client):
    answer = await register(client)
    assert answer.status_code == 201
    assert answer.json() == {
        "id": IsPositiveInt,
        "email": EMAIL,
        "firstname": "Mira",
        "lastname": "Okafor",
        "role": "user",
        "phone": None,
        "bio": None,
        "photo": None,
        "avatar": None,
        "locale": "en",
        "is_verified": False,
        "created_at": IsStr(regex=r"\d{4}-\d\d-\d\dT.*\+00:00"),
    }


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "mira"),
        ("email", "mira@"),
        ("email", "mira@example.com\0"),
        ("email", "mira@example.com\nBcc: all@example.com"),
        ("email", "x" * 400 + "@example.com"),
        ("email", None),
        ("password", "7 chars"),
        ("password", "x" * 129),
        ("password", "four\0brass rooms"),
        ("password", 12345678),
        ("firstname", ""),
        ("firstname", "   "),
        ("firstname", "Mi\0ra"),
        ("lastname", "x" * 121),
        ("role", "admin"),
        ("is_verified", True),
    ],
)
async def test_a_field_that_is_not_sound_is_named(client, field, value):
    answer = await register(client, **{field: value})
    assert refused(answer, 422, "validation_failed")
    assert [problem["field"] for problem in answer.json()["errors"]] == [f"body.{field}"]
    assert PASSWORD not in answer.text


async def test_half_a_surrogate_pair_is_a_problem_and_not_a_crash(client):
    body = '{"email": "a@example.com", "password": "12345678\\ud800", "firstname": "A", "lastname": "B"}'
    answer = await client.post(
        f"{API}/auth/register", content=body, headers={"content-type": "application/json"}
    )
    assert answer.status_code == 422


async def test_the_mail_holds_a_link_that_verifies_once(client, run_outbox, mailbox):
    await register(client)
    await run_outbox()
    (message,) = mailbox
    assert message["To"] == EMAIL
    assert message["Subject"] == "Confirm your e-mail address"
    (token,) = verification_tokens(mailbox)
    assert token in message.get_body(("html",)).get_content()

    answer = await verify_email(client, token)
    assert answer.status_code == 200
    assert answer.json()["is_verified"] is True
    assert refused(await verify_email(client, token), 400, "link_used")


async def test_who_has_verified_is_welcomed_once(client, session, run_outbox, mailbox):
    await register(client)
    await run_outbox()
    await session.execute(update(OneTimeToken).values(created_at=utc_now().replace(year=2000)))
    await resend(client, EMAIL)
    await run_outbox()
    first, second = verification_tokens(mailbox)
    assert (await verify_email(client, first)).status_code == 200
    assert (await verify_email(client, second)).status_code == 200
    await run_outbox()
    welcomes = [message for message in mailbox if message["Subject"] == "Welcome to Downbeat"]
    assert len(welcomes) == 1
    assert "Your address is confirmed" in plain_text(welcomes[0])


async def test_no_token_and_no_address_rests_where_it_could_be_read(client, session, run_outbox, mailbox):
    await register(client)
    await run_outbox()
    (token,) = verification_tokens(mailbox)
    payloads = (await session.scalars(select(OutboxRecord.payload))).all()
    params = (await session.scalars(select(Mail.params))).all()
    assert [list(payload) for payload in payloads] == [["user_id"]]
    assert [list(param) for param in params] == [["token_id"]]
    (stored,) = (await session.scalars(select(OneTimeToken.token_hash))).all()
    assert token.encode() not in stored


@pytest.mark.parametrize("token", ["x", "x" * 43, "é" * 43, "x" * 512])
async def test_a_made_up_token_is_invalid(client, token):
    assert refused(await verify_email(client, token), 400, "link_invalid")


@pytest.mark.parametrize("token", ["", "x" * 513, "a\0b", None, 7])
async def test_what_is_no_token_at_all_is_not_looked_up(client, token):
    answer = await client.post(f"{API}/auth/verify-email", json={"token": token})
    assert refused(answer, 422, "validation_failed")


async def test_an_expired_link_says_so_and_verifies_nobody(client, session, run_outbox, mailbox):
    await register(client)
    await run_outbox()
    (token,) = verification_tokens(mailbox)
    await session.execute(update(OneTimeToken).values(expires_at=utc_now()))
    assert refused(await verify_email(client, token), 400, "link_expired")
    assert await session.scalar(select(User.email_verified_at)) is None


async def resend(client: httpx.AsyncClient, email: str) -> tuple[int, str]:
    answer = await client.post(f"{API}/auth/resend-verification", json={"email": email})
    return answer.status_code, answer.text


async def test_all_addresses_get_the_same_answer(client, session):
    await register(client)
    pending = await resend(client, EMAIL)
    unknown = await resend(client, "nobody@example.com")
    await session.execute(update(User).values(email_verified_at=utc_now()))
    verified = await resend(client, EMAIL)
    assert pending == unknown == verified == (202, "null")


async def test_a_minute_passes_between_two_mails(client, session, run_outbox, mailbox):
    await register(client)
    await run_outbox()
    await resend(client, EMAIL)
    await run_outbox()
    assert len(verification_tokens(mailbox)) == 1
    await session.execute(update(OneTimeToken).values(created_at=utc_now().replace(year=2000)))
    await resend(client, EMAIL.upper())
    await run_outbox()
    assert len(set(verification_tokens(mailbox))) == 2


@pytest.mark.parametrize("column", ["email_verified_at", "deactivated_at"])
async def test_who_needs_no_link_gets_none(client, session, run_outbox, mailbox, column):
    await register(client)
    await session.execute(update(User).values({column: utc_now()}))
    await resend(client, EMAIL)
    await run_outbox()
    assert verification_tokens(mailbox) == []


async def test_nobody_logs_in_before_the_address_is_verified(client, session, run_outbox, mailbox):
    """Or logging in would tell who registers an address whether it was free."""
    await register(client)
    await run_outbox()
    (first,) = verification_tokens(mailbox)
    assert refused(await log_in(client), 401, "invalid_credentials")
    assert refused(await log_in(client, password="five brass rooms"), 401, "invalid_credentials")
    await run_outbox()
    assert verification_tokens(mailbox) == [first]  # once a minute

    await session.execute(update(OneTimeToken).values(created_at=utc_now() - timedelta(minutes=2)))
    assert refused(await log_in(client, password="five brass rooms"), 401, "invalid_credentials")
    await run_outbox()
    assert verification_tokens(mailbox) == [first]  # not for who doesn't know the password
    assert refused(await log_in(client), 401, "invalid_credentials")
    await run_outbox()
    _, again = verification_tokens(mailbox)
    assert (await verify_email(client, again)).status_code == 200
    assert (await log_in(client)).json()["user"]["is_verified"] is True


async def test_an_address_that_is_not_confirmed_any_more_is_out_from_the_next_request(client, session):
    tokens = await registered_tokens(client)
    await session.execute(update(User).values(email_verified_at=None))
    assert refused(await who_am_i(client, tokens["access_token"]), 401, "session_ended")
    assert refused(await refresh(client, tokens["refresh_token"]), 401, "session_ended")


async def test_an_address_of_another_script_gets_its_mail_as_every_server_takes_it(
    client, run_outbox, mailbox
):
    written = "mira@m\N{LATIN SMALL LETTER U WITH DIAERESIS}nchen.example"
    assert (await register(client, email=written)).json()["email"] == "mira@xn--mnchen-3ya.example"
    await run_outbox()
    (message,) = mailbox
    assert b"\nTo: mira@xn--mnchen-3ya.example\n" in bytes(message)
