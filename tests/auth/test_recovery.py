from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select, update

from src.auth.models import OneTimeToken
from src.auth.repository import newest_one_time_token
from src.auth.service.recovery import PURPOSE
from src.core.clock import utc_now
from src.core.mail.models import Mail
from src.users.models import User
from tests.auth.support import (
    API,
    EMAIL,
    PASSWORD,
    bearer,
    change_password,
    forgot_password,
    join,
    log_in,
    plain_text,
    refresh,
    refused,
    registered_tokens,
    reset_password,
    reset_tokens,
    who_am_i,
)

NEW = "five brass rooms"


@pytest.fixture
async def token(client, run_outbox, mailbox):
    """Of the link that somebody who is registered has asked for."""
    await join(client)
    assert (await forgot_password(client)).status_code == 202
    await run_outbox()
    (token,) = reset_tokens(mailbox)
    return token


async def test_the_mail_holds_a_link_that_sets_a_new_password_once(client, token, mailbox):
    message = next(message for message in mailbox if token in plain_text(message))
    assert message["To"] == EMAIL
    assert message["Subject"] == "Choose a new password"
    assert token in message.get_body(("html",)).get_content()
    assert "60 minutes" in plain_text(message)

    answer = await reset_password(client, token, NEW)
    assert (answer.status_code, answer.content) == (204, b"")
    assert refused(await log_in(client), 401, "invalid_credentials")
    assert (await log_in(client, password=NEW)).status_code == 200
    assert refused(await reset_password(client, token, "six brass rooms"), 400, "link_used")
    assert (await log_in(client, password=NEW)).status_code == 200


async def test_a_reset_ends_all_sessions_from_the_next_request(client, token):
    sessions = [(await log_in(client)).json() for _ in range(2)]
    await reset_password(client, token, NEW)
    for tokens in sessions:
        assert refused(await who_am_i(client, tokens["access_token"]), 401, "session_ended")
        assert refused(await refresh(client, tokens["refresh_token"]), 401, "session_ended")


async def test_who_has_the_link_has_confirmed_the_address(client, session, token):
    await reset_password(client, token, NEW)
    assert await session.scalar(select(User.email_verified_at)) is not None


async def test_the_owner_is_told_of_every_change(client, token, run_outbox, mailbox):
    await reset_password(client, token, NEW)
    await run_outbox()
    tokens = (await log_in(client, password=NEW)).json()
    await change_password(client, tokens["access_token"], NEW, "six brass rooms")
    await run_outbox()
    told = [message for message in mailbox if message["Subject"] == "Your password was changed"]
    assert [message["To"] for message in told] == [EMAIL, EMAIL]
    assert "/forgot-password" in plain_text(told[0])
    assert "/forgot-password" in told[0].get_body(("html",)).get_content()


async def test_a_link_of_before_the_change_is_used_up(client, token):
    tokens = (await log_in(client)).json()
    assert (await change_password(client, tokens["access_token"], PASSWORD, NEW)).status_code == 204
    assert refused(await reset_password(client, token, "six brass rooms"), 400, "link_used")


async def test_a_link_ends_after_an_hour(client, token):
    with time_machine.travel(utc_now() + timedelta(minutes=60, seconds=1)):
        assert refused(await reset_password(client, token, NEW), 400, "link_expired")
    assert (await log_in(client)).status_code == 200


async def test_a_link_for_one_purpose_is_none_for_another(client, token):
    verification = await client.post(f"{API}/auth/verify-email", json={"token": token})
    assert refused(verification, 400, "link_invalid")
    assert refused(await reset_password(client, "x" * 43, NEW), 400, "link_invalid")


async def test_a_link_outlives_no_account(client, session, token):
    await session.execute(update(User).values(deactivated_at=utc_now()))
    assert refused(await reset_password(client, token, NEW), 400, "link_invalid")


@pytest.mark.parametrize("password", ["7 chars", "x" * 129, "password123", "PassWord123", "four\0brass"])
async def test_a_password_that_is_refused_leaves_the_link_as_it_was(client, token, password):
    assert refused(await reset_password(client, token, password), 422, "validation_failed")
    assert (await reset_password(client, token, NEW)).status_code == 204


async def test_all_addresses_get_the_same_answer(client, session):
    await join(client)
    known = await forgot_password(client)
    unknown = await forgot_password(client, "nobody@example.com")
    await session.execute(update(User).values(deactivated_at=utc_now()))
    deactivated = await forgot_password(client, EMAIL.upper())
    assert known.status_code == 202
    assert known.text == unknown.text == deactivated.text == "null"
    assert known.headers.keys() == unknown.headers.keys()


async def test_nobody_and_the_deactivated_get_no_mail(client, session, run_outbox):
    await join(client)
    await run_outbox()
    await session.execute(update(User).values(deactivated_at=utc_now()))
    before = await session.scalar(select(func.count()).select_from(Mail))
    await forgot_password(client)
    await forgot_password(client, "nobody@example.com")
    await run_outbox()
    assert await session.scalar(select(func.count()).select_from(Mail)) == before


async def test_a_minute_passes_between_two_mails(client, session, run_outbox, mailbox, token):
    await forgot_password(client)
    await run_outbox()
    assert reset_tokens(mailbox) == [token]
    await session.execute(update(OneTimeToken).values(created_at=utc_now() - timedelta(minutes=1)))
    await forgot_password(client)
    await run_outbox()
    assert len(set(reset_tokens(mailbox))) == 2


async def test_who_came_through_google_gets_a_password_by_mail(client, session, run_outbox, mailbox):
    await join(client)
    await session.execute(update(User).values(password_hash=None))
    await forgot_password(client)
    await run_outbox()
    (token,) = reset_tokens(mailbox)
    assert (await reset_password(client, token, NEW)).status_code == 204
    assert (await log_in(client, password=NEW)).status_code == 200


async def test_the_token_rests_nowhere_as_it_is(session, token):
    user_id = await session.scalar(select(User.id))
    stored = await newest_one_time_token(session, user_id, PURPOSE)
    assert stored is not None
    assert token.encode() not in stored.token_hash
    assert token not in str((await session.scalars(select(Mail.params))).all())


async def test_changing_the_password_ends_all_other_sessions(client):
    here = await registered_tokens(client)
    elsewhere = (await log_in(client)).json()
    answer = await change_password(client, here["access_token"], PASSWORD, NEW)
    assert (answer.status_code, answer.content) == (204, b"")
    assert refused(await who_am_i(client, elsewhere["access_token"]), 401, "session_ended")
    assert refused(await refresh(client, elsewhere["refresh_token"]), 401, "session_ended")
    assert (await who_am_i(client, here["access_token"])).status_code == 200
    assert (await refresh(client, here["refresh_token"])).status_code == 200
    assert refused(await log_in(client), 401, "invalid_credentials")
    assert (await log_in(client, password=NEW)).status_code == 200


async def test_the_current_password_is_asked_for(client, session):
    tokens = await registered_tokens(client)
    wrong = await change_password(client, tokens["access_token"], "six brass rooms", NEW)
    assert refused(wrong, 403, "wrong_password")
    await session.execute(update(User).values(password_hash=None))
    without = await change_password(client, tokens["access_token"], PASSWORD, NEW)
    assert refused(without, 403, "wrong_password")


@pytest.mark.parametrize("password", ["7 chars", "x" * 129, "password123"])
async def test_the_rules_for_passwords_hold_for_changes_too(client, password):
    tokens = await registered_tokens(client)
    answer = await change_password(client, tokens["access_token"], PASSWORD, password)
    assert refused(answer, 422, "validation_failed")


async def test_changing_the_password_is_no_way_to_guess_it(client):
    tokens = await registered_tokens(client)
    for _ in range(10):
        wrong = await change_password(client, tokens["access_token"], "six brass rooms", NEW)
        assert refused(wrong, 403, "wrong_password")
    last = await change_password(client, tokens["access_token"], PASSWORD, NEW)
    assert refused(last, 429, "too_many_requests")
    assert (await client.get(f"{API}/auth/me", headers=bearer(tokens["access_token"]))).status_code == 200
