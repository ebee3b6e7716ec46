import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import asyncpg
import pytest
from fastapi import Response
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from src.core.config import Settings
from src.core.database import Database, FastReadDep, ReadSessionDep, SessionDep, driver
from src.core.http import MOST_ATTEMPTS
from tests.core.probe import client_of, probe_app, probe_client, probe_router
from tests.factories.world import problem

Count = Callable[[str], Awaitable[int]]

INSERT = "INSERT INTO probe_rows (id, note) VALUES (1, 'here')"
ORPHAN = "INSERT INTO probe_rows (id, parent_id) VALUES (1, 404)"


async def test_the_commit_is_done_before_the_answer_leaves(
    committed: Database, committed_settings: Settings, count: Count
) -> None:
    router = probe_router()

    @router.post("/rows", status_code=201)
    async def create(session: SessionDep) -> None:
        await session.execute(text(INSERT))

    app = probe_app(committed_settings, committed, router)
    seen_by_others = []

    async def watched(scope: Any, receive: Any, send: Any) -> None:
        async def watching(message: Any) -> None:
            if message["type"] == "http.response.start":
                seen_by_others.append(await count("probe_rows"))
            await send(message)

        await app(scope, receive, watching)

    async with client_of(watched) as client:
        assert (await client.post("/rows")).status_code == 201
    assert seen_by_others == [1]


@pytest.mark.parametrize("answer_of", ["the framework", "its own"])
async def test_a_commit_that_fails_is_never_answered_with_success(
    committed: Database, committed_settings: Settings, count: Count, answer_of: str
) -> None:
    router = probe_router()

    @router.post("/orphans", status_code=201)
    async def create(session: SessionDep) -> Any:
        await session.execute(text(ORPHAN))
        return Response(b"{}", status_code=201) if answer_of == "its own" else {}

    async with probe_client(committed_settings, committed, router) as client:
        answer = await client.post("/orphans")
    problem(answer, 409, "conflict")
    assert await count("probe_rows") == 0


async def test_a_refusal_takes_back_what_the_request_has_written(
    committed: Database, committed_settings: Settings, count: Count
) -> None:
    router = probe_router()

    @router.post("/rows")
    async def create(session: SessionDep) -> None:
        await session.execute(text(INSERT))
        raise RuntimeError

    async with probe_client(committed_settings, committed, router) as client:
        problem(await client.post("/rows"), 500, "internal_error")
    assert await count("probe_rows") == 0


@pytest.mark.parametrize("spoken_before", ["", "SELECT 1"])
async def test_a_statement_past_sqlalchemy_is_rolled_back_with_its_session(
    committed: Database, count: Count, spoken_before: str
) -> None:
    async def fail() -> None:
        async with committed.transaction() as session:
            if spoken_before:
                await session.execute(text(spoken_before))
            await (await driver(session)).execute(INSERT)
            raise LookupError

    with pytest.raises(LookupError):
        await fail()
    assert await count("probe_rows") == 0


async def test_statements_past_sqlalchemy_share_the_transaction_of_the_session(committed: Database) -> None:
    async with committed.transaction() as session:
        own = await (await driver(session)).fetchval("SELECT txid_current()")
        assert await session.scalar(text("SELECT txid_current()")) == own
        assert await (await driver(session)).fetchval("SELECT txid_current()") == own


async def test_what_a_driver_statement_wrote_is_committed_with_the_session(
    committed: Database, count: Count
) -> None:
    async with committed.transaction() as session:
        await (await driver(session)).execute(INSERT)
        assert await count("probe_rows") == 0
    assert await count("probe_rows") == 1


async def test_reading_is_read_only_in_the_database(committed: Database, count: Count) -> None:
    async with committed.reading() as session:
        with pytest.raises(DBAPIError, match="read-only transaction"):
            await session.execute(text(INSERT))
    async with committed.fast_reading() as connection:
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await connection.execute(INSERT)
    assert await count("probe_rows") == 0


async def test_a_lost_deadlock_is_tried_again_as_a_whole(
    committed: Database, committed_settings: Settings
) -> None:
    router = probe_router()
    both_hold_one = asyncio.Barrier(2)
    attempts: list[int] = []

    @router.post("/both/{first}/{second}")
    async def lock_both(first: int, second: int, session: SessionDep) -> None:
        attempts.append(first)
        note = text("UPDATE probe_rows SET note = note || :mark WHERE id = :id")
        await session.execute(note, {"id": first, "mark": str(first)})
        if len(attempts) <= 2:
            await both_hold_one.wait()
        await session.execute(note, {"id": second, "mark": str(first)})

    async with committed.transaction() as session:
        await session.execute(text("INSERT INTO probe_rows (id) VALUES (1), (2)"))
    async with probe_client(committed_settings, committed, router) as client:
        answers = await asyncio.gather(client.post("/both/1/2"), client.post("/both/2/1"))
    assert [answer.status_code for answer in answers] == [200, 200]
    assert len(attempts) == 3
    async with committed.reading() as session:
        notes = (await session.scalars(text("SELECT note FROM probe_rows"))).all()
    # Each acted once on each row, in whole: what the loser had done before was taken back.
    assert sorted(notes[0]) == sorted(notes[1]) == ["1", "2"]


async def test_a_transaction_that_keeps_losing_is_answered_with_try_again(
    committed: Database, committed_settings: Settings
) -> None:
    router = probe_router()
    attempts = 0

    @router.post("/late")
    async def write_what_others_have_changed(session: SessionDep) -> None:
        nonlocal attempts
        attempts += 1
        await session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        await session.execute(text("SELECT note FROM probe_rows"))
        async with committed.transaction() as other:
            await other.execute(text("UPDATE probe_rows SET note = note || 'x'"))
        await session.execute(text("UPDATE probe_rows SET note = ''"))

    async with committed.transaction() as session:
        await session.execute(text(INSERT))
    async with probe_client(committed_settings, committed, router) as client:
        problem(await client.post("/late"), 409, "try_again")
    assert attempts == MOST_ATTEMPTS


async def test_waiting_too_long_for_a_lock_is_answered_with_try_again(
    committed: Database, committed_settings: Settings
) -> None:
    router = probe_router()

    @router.post("/locked")
    async def write(session: SessionDep) -> None:
        await (await driver(session)).execute("UPDATE probe_rows SET note = ''")

    impatient = Database(committed_settings.model_copy(update={"database_lock_timeout_ms": 50}))
    async with committed.transaction() as session:
        await session.execute(text(INSERT))
    async with (
        probe_client(committed_settings, impatient, router) as client,
        committed.transaction() as other,
    ):
        await other.execute(text("SELECT FROM probe_rows FOR UPDATE"))
        problem(await client.post("/locked"), 409, "try_again")
    await impatient.close()


@pytest.fixture
async def three_ways(committed_settings: Settings):
    """A client of routes that use the database in each way, and its database with two pools of two."""
    router = probe_router()

    @router.get("/session")
    async def by_session(session: SessionDep) -> Any:
        return await session.scalar(text("SELECT pg_backend_pid()"))

    @router.get("/read-session")
    async def by_read_session(session: ReadSessionDep) -> Any:
        return await session.scalar(text("SELECT pg_backend_pid()"))

    @router.get("/fast-read")
    async def by_fast_read(connection: FastReadDep) -> Any:
        return await connection.fetchval("SELECT pg_backend_pid()")

    small = {"database_pool_size": 2, "database_pool_timeout_seconds": 0.3}
    database = Database(committed_settings.model_copy(update=small))
    async with probe_client(committed_settings, database, router) as client:
        yield client, database
    await database.close()


WAYS = ["/session", "/read-session", "/fast-read"]


async def test_with_every_connection_in_use_requests_are_told_so_soon_and_the_process_is_still_well(
    three_ways,
) -> None:
    client, database = three_ways
    async with AsyncExitStack() as stack:
        for _ in range(2):
            writing = await stack.enter_async_context(database.transaction())
            await writing.execute(text("SELECT 1"))
            await stack.enter_async_context(database.fast_reading())
        started = time.monotonic()
        *refused, health = await asyncio.gather(*(client.get(way) for way in [*WAYS, "/health"]))
        took = time.monotonic() - started
    for answer in refused:
        problem(answer, 503, "temporarily_unavailable")
        assert int(answer.headers["Retry-After"]) > 0
    assert health.status_code == 200
    assert took < 1
    assert Settings.model_fields["database_pool_timeout_seconds"].default <= 2
    for way in WAYS:
        assert (await client.get(way)).status_code == 200


async def test_requests_give_their_connections_back(three_ways) -> None:
    client, _ = three_ways
    answers = await asyncio.gather(*(client.get(way) for way in WAYS * 3))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json() for answer in answers}) <= 4


async def test_connections_that_the_server_has_ended_are_replaced(
    three_ways, committed_settings: Settings
) -> None:
    client, database = three_ways
    async with database.transaction() as first, database.transaction() as second:
        before = {await session.scalar(text("SELECT pg_backend_pid()")) for session in (first, second)}
    async with database.fast_reading() as third, database.fast_reading() as fourth:
        before |= {await connection.fetchval("SELECT pg_backend_pid()") for connection in (third, fourth)}
    assert len(before) == 4
    plain_url = committed_settings.database_url.replace("+asyncpg", "")
    killer = await asyncpg.connect(plain_url)
    for pid in before:
        assert await killer.fetchval("SELECT pg_terminate_backend($1, 2000)", pid)
    await killer.close()
    after = [await client.get(way) for way in WAYS * 2]
    assert [answer.status_code for answer in after] == [200] * 6
    assert not {answer.json() for answer in after} & before


async def test_a_server_that_does_not_answer_is_temporarily_unavailable(committed_settings: Settings) -> None:
    router = probe_router()

    @router.get("/session")
    async def by_session(session: SessionDep) -> Any:
        return await session.scalar(text("SELECT 1"))

    nobody_listens = "postgresql+asyncpg://postgres@127.0.0.1:1/downbeat"
    database = Database(committed_settings.model_copy(update={"database_url": nobody_listens}))
    async with probe_client(committed_settings, database, router) as client:
        problem(await client.get("/session"), 503, "temporarily_unavailable")
    await database.close()


async def test_a_statement_that_runs_too_long_is_ended(committed_settings: Settings) -> None:
    router = probe_router()

    @router.get("/slow")
    async def sleep(connection: FastReadDep) -> None:
        await connection.fetch("SELECT pg_sleep(30)")

    database = Database(committed_settings.model_copy(update={"database_statement_timeout_ms": 50}))
    async with probe_client(committed_settings, database, router) as client:
        problem(await client.get("/slow"), 503, "temporarily_unavailable")
    await database.close()
