"""Who reads "later than the last one I know" must miss nothing, whatever the order of commits."""

import asyncio
import random
from contextlib import suppress

import pytest
from sqlalchemy import text

from src.core import live
from src.core.database import Database
from src.notifications.stream import repository
from tests.notifications.support import tell

ANA, TOM = 1, 2


class GivenUpError(Exception):
    pass


async def give_up(database: Database, *user_ids: int) -> None:
    async with database.transaction() as session:
        await live.append(session, kind="message", news={user_id: {"number": 0} for user_id in user_ids})
        raise GivenUpError


async def read_later(database: Database, number: int, user_id: int = ANA) -> list[int]:
    async with database.fast_reading() as connection:
        return [row["number"] for row in await repository.list_later(connection, {user_id: number})]


async def test_numbers_become_visible_in_their_order(committed: Database) -> None:
    """The second waits with its number for the commit of the first."""
    async with committed.transaction() as first:
        await live.append(first, kind="message", news={ANA: {"number": 1}})
        second = asyncio.create_task(tell(committed, ANA, 2))
        assert not (await asyncio.wait([second], timeout=0.2))[0], "it does not wait"
        assert await read_later(committed, 0) == []
        await tell(committed, TOM, 1)  # others needn't wait
    await second
    assert await read_later(committed, 0) == [1, 2]
    assert await read_later(committed, 0, TOM) == [1]


async def test_ids_of_a_sequence_would_leave_one_out(committed: Database) -> None:
    """Negative control: the same two transactions, numbered by an identity column."""
    async with committed.transaction() as session:
        await session.execute(
            text("CREATE TABLE probe_events (id bigint GENERATED ALWAYS AS IDENTITY, note text)")
        )
    insert = text("INSERT INTO probe_events (note) VALUES (:note)")
    async with committed.transaction() as first:
        await first.execute(insert, {"note": "first"})
        async with committed.transaction() as second:
            await second.execute(insert, {"note": "second"})
        seen = await _later_probes(committed, 0)
    assert seen == [2]
    assert await _later_probes(committed, 2) == [], "the first is never read"
    async with committed.transaction() as session:
        await session.execute(text("DROP TABLE probe_events"))


async def _later_probes(database: Database, last_id: int) -> list[int]:
    async with database.fast_reading() as connection:
        rows = await connection.fetch("SELECT id FROM probe_events WHERE id > $1 ORDER BY id", last_id)
    return [row["id"] for row in rows]


async def test_a_rollback_leaves_no_gap_and_tells_nothing(committed: Database) -> None:
    await tell(committed, ANA, 1)
    with pytest.raises(GivenUpError):
        await give_up(committed, ANA)
    await tell(committed, ANA, 2)
    assert await read_later(committed, 0) == [1, 2]


async def test_a_reader_beside_many_writers_sees_each_once_in_order(committed: Database) -> None:
    """Some roll back, some tell two people, in either order: none deadlocks."""
    draw = random.Random(7)
    committed_ones = 0

    async def write(number: int) -> None:
        nonlocal committed_ones
        people = draw.choice([(ANA,), (ANA, TOM), (TOM, ANA)])
        if draw.random() < 0.2:
            with suppress(GivenUpError):
                await give_up(committed, *people)
            return
        async with committed.transaction() as session:
            await live.append(session, kind="message", news={who: {"number": number} for who in people})
        committed_ones += 1

    seen: list[int] = []

    async def read() -> None:
        seen.extend(await read_later(committed, seen[-1] if seen else 0))

    writers = [asyncio.create_task(write(number)) for number in range(80)]
    while not all(writer.done() for writer in writers):
        await read()
    await asyncio.gather(*writers)
    while len(seen) < committed_ones:
        await read()
    assert seen == list(range(1, committed_ones + 1))
