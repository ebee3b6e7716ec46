from datetime import timedelta

import time_machine
from dirty_equals import IsPositiveInt
from sqlalchemy import update

from src.auth.models import Session
from src.core.clock import utc_now
from tests.auth.support import API, bearer, join, log_in, refresh, refused, registered_tokens, who_am_i


async def sessions_of(client, tokens):
    answer = await client.get(f"{API}/auth/sessions", headers=bearer(tokens["access_token"]))
    assert answer.status_code == 200
    return answer.json()["items"]


async def end(client, tokens, session_id):
    return await client.delete(f"{API}/auth/sessions/{session_id}", headers=bearer(tokens["access_token"]))


async def test_my_sessions_are_listed_with_the_current_one_marked(client):
    here = await registered_tokens(client)
    phone = (await log_in(client, headers={"User-Agent": "Phone"})).json()
    listed = await sessions_of(client, here)
    assert [session["is_current"] for session in listed] == [False, True]
    assert [session["is_current"] for session in await sessions_of(client, phone)] == [True, False]
    on_phone = listed[0]
    assert on_phone.keys() == {
        *("id", "created_at", "last_used_at", "expires_at", "user_agent", "ip", "is_current"),
    }
    assert (on_phone["id"], on_phone["user_agent"]) == (IsPositiveInt, "Phone")
    assert on_phone["ip"] == "127.0.0.1"


async def test_the_latest_used_stands_first(client):
    old = await registered_tokens(client)
    await log_in(client)
    with time_machine.travel(utc_now() + timedelta(minutes=5)):
        await refresh(client, old["refresh_token"])
        first, second = await sessions_of(client, old)
    assert first["is_current"]
    assert first["last_used_at"] > second["last_used_at"] > first["created_at"]


async def test_what_has_ended_is_not_listed(client, session):
    here = await registered_tokens(client)
    elsewhere = (await log_in(client)).json()
    await client.post(f"{API}/auth/logout", headers=bearer(elsewhere["access_token"]))
    expired = await sessions_of(client, (await log_in(client)).json())
    current = next(item for item in expired if item["is_current"])
    await session.execute(update(Session).where(Session.id == current["id"]).values(expires_at=utc_now()))
    (only,) = await sessions_of(client, here)
    assert only["is_current"]


async def test_a_session_is_ended_from_another_device(client):
    here = await registered_tokens(client)
    phone = (await log_in(client)).json()
    on_phone = next(item for item in await sessions_of(client, here) if not item["is_current"])
    answer = await end(client, here, on_phone["id"])
    assert (answer.status_code, answer.content) == (204, b"")
    assert refused(await who_am_i(client, phone["access_token"]), 401, "session_ended")
    assert refused(await refresh(client, phone["refresh_token"]), 401, "session_ended")
    assert (await who_am_i(client, here["access_token"])).status_code == 200
    assert refused(await end(client, here, on_phone["id"]), 404, "session_not_found")


async def test_sessions_of_others_are_neither_seen_nor_ended(client):
    mira = await registered_tokens(client)
    (hers,) = await sessions_of(client, mira)
    await join(client, email="other@example.com")
    other = (await log_in(client, email="other@example.com")).json()
    assert [item["is_current"] for item in await sessions_of(client, other)] == [True]
    assert refused(await end(client, other, hers["id"]), 404, "session_not_found")
    assert refused(await end(client, other, 2**53 - 1), 404, "session_not_found")
    assert (await who_am_i(client, mira["access_token"])).status_code == 200


async def test_logging_out_everywhere_ends_all_of_mine_and_nobody_elses(client):
    mine = [await registered_tokens(client), (await log_in(client)).json()]
    await join(client, email="other@example.com")
    other = (await log_in(client, email="other@example.com")).json()
    answer = await client.post(f"{API}/auth/logout-all", headers=bearer(mine[0]["access_token"]))
    assert (answer.status_code, answer.content) == (204, b"")
    for tokens in mine:
        assert refused(await who_am_i(client, tokens["access_token"]), 401, "session_ended")
        assert refused(await refresh(client, tokens["refresh_token"]), 401, "session_ended")
    assert (await who_am_i(client, other["access_token"])).status_code == 200
    assert (await log_in(client)).status_code == 200


async def test_no_refresh_reaches_beyond_the_absolute_lifetime(client):
    """Thirty days after the log-in it is over, though it was refreshed every day."""
    tokens = await registered_tokens(client)
    start = utc_now()
    for day in range(1, 30):
        with time_machine.travel(start + timedelta(days=day)):
            tokens = (await refresh(client, tokens["refresh_token"])).json()
    with time_machine.travel(start + timedelta(days=30, seconds=1)):
        assert refused(await refresh(client, tokens["refresh_token"]), 401, "session_ended")
