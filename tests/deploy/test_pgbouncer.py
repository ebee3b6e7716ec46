"""The product behind the real PgBouncer in transaction mode, with fewer connections than there are requests."""

import asyncio
import os
import signal
import subprocess
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from src import invariants
from src.cli import databases
from src.cli.embedded import NOBODY, pick_free_port
from src.core.config import Settings
from src.core.database import Database, driver, is_retryable
from src.core.limits import Limiter
from src.main import create_app
from tests.core.probe import client_of
from tests.factories.world import World, wish
from tests.support.product import PROJECT, wait_until
from tests.support.programs import program
from tests.support.services import create_extra_database, run_folder, worker_name

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def pooled_url() -> Iterator[str]:
    """Of a PgBouncer with two connections for writing and two for reading, to a database of its own."""
    binary = program("pgbouncer")
    url = make_url(create_extra_database("pgbouncer"))
    folder = run_folder() / f"pgbouncer-{worker_name()}"
    folder.mkdir()
    folder.chmod(0o777)
    port = pick_free_port()
    configuration = (PROJECT / "deploy/pgbouncer/pgbouncer.ini").read_text()
    for there, here in {
        "host=postgres port=5432 dbname=downbeat": (
            f"host={url.host} port={url.port} dbname={url.database} user={url.username}"
        ),
        "listen_addr = 0.0.0.0": "listen_addr = 127.0.0.1",
        "listen_port = 6432": f"listen_port = {port}",
        "auth_type = scram-sha-256": "auth_type = any",
        "auth_file = /etc/pgbouncer/userlist.txt": "",
        "default_pool_size = 40": "default_pool_size = 2",
        "query_wait_timeout = 2": "query_wait_timeout = 20",  # a busy machine is no failure
    }.items():
        assert there in configuration, there
        configuration = configuration.replace(there, here)
    (folder / "pgbouncer.ini").write_text(configuration)
    demoted: dict[str, Any] = (
        {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
    )
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([binary, str(folder / "pgbouncer.ini")], stderr=log, **demoted)
    pooled = f"postgresql+asyncpg://{url.username}@127.0.0.1:{port}/downbeat"
    wait_until(lambda: answers(pooled), f"PgBouncer does not answer: {(folder / 'log').read_text()}")
    yield pooled
    process.send_signal(signal.SIGINT)
    process.wait(20)


def answers(url: str) -> bool:
    try:
        return bool(databases.fetch(url, "SELECT 1"))
    except (OSError, asyncpg.PostgresError):
        return False


@pytest.fixture
async def database(pooled_url: str, settings: Settings) -> AsyncIterator[Database]:
    changes = {"database_url": pooled_url, "database_is_pooled": True, "database_pool_timeout_seconds": 20}
    database = Database(settings.model_copy(update=changes))
    yield database
    await database.close()


@pytest.fixture
async def pooled_world(database: Database, settings: Settings) -> AsyncIterator[World]:
    app = create_app(settings)
    app.state.database = database
    app.state.limiter = Limiter(settings.redis_url, prefix=f"limits:{uuid.uuid4().hex}")
    async with client_of(app) as client:
        yield World(client=client, database=database, settings=settings)
    await app.state.limiter.close()


async def test_connections_change_hands_between_transactions_and_nobody_notices(database: Database) -> None:
    async def ask(number: int) -> list[int]:
        async with database.transaction() as session:
            first = await session.scalar(text("SELECT CAST(:number AS integer)"), {"number": number})
            connection = await driver(session)
            second = await connection.fetchval("SELECT $1::integer", number)
            backends = [await connection.fetchval("SELECT pg_backend_pid()") for _ in range(2)]
            assert len(set(backends)) == 1
        async with database.fast_reading() as reader:
            third = await reader.fetchval("SELECT $1::bigint", number)
        async with database.reading() as session:
            fourth = await session.scalar(text("SELECT CAST(:number AS smallint)"), {"number": number})
        async with database.fast_transaction() as connection:
            fifth = await connection.fetchval("SELECT $1::numeric", number)
        return [first, second, third, fourth, int(fifth)]

    answered = await asyncio.gather(*(ask(number) for number in range(60)))
    assert answered == [[number] * 5 for number in range(60)]


async def test_timeouts_are_set_and_reading_is_read_only(database: Database) -> None:
    async with database.transaction() as session:
        for name, value in {
            "lock_timeout": "3s",
            "statement_timeout": "15s",
            "jit": "off",
            "timezone": "UTC",
        }.items():
            assert await session.scalar(text(f"SHOW {name}")) == value
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        async with database.fast_reading() as connection:
            await connection.execute("DELETE FROM mails")
    with pytest.raises(DBAPIError, match="read-only transaction"):
        async with database.reading() as session:
            await session.execute(text("DELETE FROM mails"))


async def test_a_lock_that_is_held_is_waited_for_no_longer_than_elsewhere(database: Database) -> None:
    async with database.transaction() as first, AsyncExitStack() as stack:
        await first.execute(text("SELECT pg_advisory_xact_lock(4711)"))
        second = await stack.enter_async_context(database.transaction())
        await second.execute(text("SET LOCAL lock_timeout = '50ms'"))
        with pytest.raises(DBAPIError) as refused:
            await second.execute(text("SELECT pg_advisory_xact_lock(4711)"))
    assert is_retryable(refused.value)
    async with database.transaction() as session:
        assert await session.scalar(text("SHOW lock_timeout")) == "3s"  # nothing outlives a transaction


async def test_of_many_who_want_one_slot_one_gets_it_and_pays(
    pooled_world: World, database: Database
) -> None:
    studio = await pooled_world.studio()
    customers = [await pooled_world.person() for _ in range(12)]
    wishes = (customer.post("/bookings", wish(studio)) for customer in customers)
    answers = await asyncio.gather(*wishes)
    assert sorted(answer.status_code for answer in answers) == [201, *[409] * 11]
    winner = next(index for index, answer in enumerate(answers) if answer.status_code == 201)
    await pooled_world.pay(customers[winner], answers[winner].json())
    seen = await customers[winner].get(f"/bookings/{answers[winner].json()['id']}")
    assert seen.json()["status"] in {"pending", "confirmed"}
    async with database.reading() as session:
        assert await invariants.check(session) == {}
