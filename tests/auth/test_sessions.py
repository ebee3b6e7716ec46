from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select, update

from src.auth.access_tokens import AccessTokens
from src.auth.models import RefreshToken, Session
from src.core.clock import utc_now
from src.core.identity import Role
from src.users.models import User
from tests.auth.support import API, bearer, log_in, refresh, refused, registered_tokens, who_am_i


async def test_a_refresh_token_is_traded_for_new_tokens(client):
    tokens = await registered_tokens(client)
    answer = await refresh(client, tokens["refresh_token"])
    assert answer.status_code == 200
    renewed = answer.json()
    assert renewed.keys() == tokens.keys()
    assert renewed["user"] == tokens["user"]
    assert renewed["refresh_token"] != tokens["refresh_token"]
    assert (await who_am_i(client, renewed["access_token"])).status_code == 200
    assert (await refresh(client, renewed["refresh_token"])).status_code == 200


async def test_a_refresh_token_used_twice_ends_its_whole_session(client):
    tokens = await registered_tokens(client)
    elsewhere = (await log_in(client)).json()
    renewed = (await refresh(client, tokens["refresh_token"])).json()

    assert refused(await refresh(client, tokens["refresh_token"]), 401, "refresh_token_reused")

    # The refusal was answered with 401, and yet the end of the session stays.
    assert refused(await who_am_i(client, tokens["access_token"]), 401, "session_ended")
    assert refused(await who_am_i(client, renewed["access_token"]), 401, "session_ended")
    assert refused(await refresh(client, renewed["refresh_token"]), 401, "session_ended")
    assert (await who_am_i(client, elsewhere["access_token"])).status_code == 200
    assert (await refresh(client, elsewhere["refresh_token"])).status_code == 200


@pytest.mark.parametrize("token", ["x", "x" * 43, "é" * 43])
async def test_a_made_up_refresh_token_is_refused(client, token):
    assert refused(await refresh(client, token), 401, "invalid_refresh_token")


async def test_the_tokens_are_not_interchangeable(client):
    tokens = await registered_tokens(client)
    assert refused(await refresh(client, tokens["access_token"]), 401, "invalid_refresh_token")
    assert refused(await who_am_i(client, tokens["refresh_token"]), 401, "invalid_token")


async def test_refreshing_does_not_prolong_a_session(client, session):
    tokens = await registered_tokens(client)
    before = await session.scalar(select(Session.expires_at))
    renewed = (await refresh(client, tokens["refresh_token"])).json()
    assert await session.scalar(select(Session.expires_at)) == before
    await session.execute(update(Session).values(expires_at=utc_now()))
    assert refused(await refresh(client, renewed["refresh_token"]), 401, "session_ended")
    assert refused(await who_am_i(client, renewed["access_token"]), 401, "session_ended")


async def test_refresh_tokens_are_stored_as_hashes(client, session):
    tokens = await registered_tokens(client)
    (stored,) = (await session.scalars(select(RefreshToken.token_hash))).all()
    assert len(stored) == 32
    assert tokens["refresh_token"].encode() not in stored


async def test_logging_out_counts_from_the_next_request(client):
    tokens = await registered_tokens(client)
    elsewhere = (await log_in(client)).json()
    answer = await client.post(f"{API}/auth/logout", headers=bearer(tokens["access_token"]))
    assert (answer.status_code, answer.content) == (204, b"")
    assert refused(await who_am_i(client, tokens["access_token"]), 401, "session_ended")
    assert refused(await refresh(client, tokens["refresh_token"]), 401, "session_ended")
    assert (await who_am_i(client, elsewhere["access_token"])).status_code == 200


async def test_a_deactivated_account_is_out_from_the_next_request(client, session):
    tokens = await registered_tokens(client)
    assert (await who_am_i(client, tokens["access_token"])).status_code == 200
    await session.execute(update(User).values(deactivated_at=utc_now()))
    assert refused(await who_am_i(client, tokens["access_token"]), 401, "session_ended")
    assert refused(await refresh(client, tokens["refresh_token"]), 401, "session_ended")


async def test_a_role_counts_from_the_next_request(client, session):
    tokens = await registered_tokens(client)
    await session.execute(update(User).values(role=Role.STUDIO_OWNER))
    assert (await who_am_i(client, tokens["access_token"])).json()["role"] == "studio_owner"


async def test_a_right_that_is_removed_is_gone_at_the_next_request(client, session):
    """With the very token that was good for it a moment ago."""
    tokens = await registered_tokens(client)
    await session.execute(update(User).values(role=Role.ADMIN))
    assert (await client.get(f"{API}/users", headers=bearer(tokens["access_token"]))).status_code == 200
    await session.execute(update(User).values(role=Role.USER))
    answer = await client.get(f"{API}/users", headers=bearer(tokens["access_token"]))
    assert refused(answer, 403, answer.json()["code"])


async def test_an_access_token_expires(client):
    tokens = await registered_tokens(client)
    with time_machine.travel(utc_now() + timedelta(minutes=15, seconds=1)):
        assert refused(await who_am_i(client, tokens["access_token"]), 401, "token_expired")


@pytest.mark.parametrize("header", ["", "Basic bWlyYTpicmFzcw==", "Bearer", "bearer "])
async def test_without_a_token_one_is_asked_to_log_in(client, header):
    answer = await client.get(f"{API}/auth/me", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("token", ["x", "a.b.c", "null", "e30.e30.", "é".encode().decode("latin-1")])
async def test_what_is_no_token_is_refused(client, token):
    headers = {"Authorization": f"Bearer {token}".encode("latin-1")}
    answer = await client.get(f"{API}/auth/me", headers=headers)
    assert refused(answer, 401, "invalid_token")


async def test_a_token_names_its_own_user_and_no_other(client, settings):
    """A signature is worth nothing for a session that belongs to somebody else, or to nobody."""
    tokens = await registered_tokens(client)
    access_tokens = AccessTokens.of(settings)
    claims = access_tokens.read(tokens["access_token"], now=utc_now())
    for user_id, session_id in (
        (claims.user_id + 1, claims.session_id),
        (claims.user_id, claims.session_id + 1),
        (0, 0),
        (2**63 - 1, 2**63 - 1),
    ):
        other = access_tokens.issue(user_id=user_id, session_id=session_id, now=utc_now())
        assert refused(await who_am_i(client, other), 401, "session_ended")
