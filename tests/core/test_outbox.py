import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from src.calendars.enums import ResourceKind
from src.calendars.models import Resource
from src.companies.events import CompanyCreated
from src.core import events, outbox
from src.core.database import Database
from src.core.events import EventHandling, OutboxRecord
from src.core.outbox import Subscriptions, handler_name
from tests.core.probe import until, waiting_for_a_lock

Count = Callable[[str], Awaitable[int]]

EVENT = CompanyCreated(company_id=7, user_id=3)


async def leave_a_trace(session: AsyncSession, event: CompanyCreated) -> None:
    """An effect that shows how often it happened."""
    assert event == EVENT
    session.add(Resource(kind=ResourceKind.EQUIPMENT))


async def fail(session: AsyncSession, event: CompanyCreated) -> None:
    await leave_a_trace(session, event)
    await session.flush()
    raise ConnectionRefusedError


SUBSCRIPTIONS: Subscriptions = {CompanyCreated: (leave_a_trace, fail)}
TRACE, FAILURE = handler_name(leave_a_trace), handler_name(fail)


async def publish(database: Database, number: int = 1) -> list[int]:
    async with database.transaction() as session:
        for _ in range(number):
            await events.publish(session, EVENT)
    return await stored(database)


async def stored(database: Database, *, is_sent: bool = False) -> list[int]:
    matches = OutboxRecord.sent_at.is_not(None) if is_sent else OutboxRecord.sent_at.is_(None)
    async with database.reading() as session:
        return list(await session.scalars(select(OutboxRecord.id).where(matches).order_by(OutboxRecord.id)))


async def traces(database: Database) -> int:
    async with database.reading() as session:
        return await session.scalar(select(func.count()).select_from(Resource)) or 0


async def relay(database: Database, dispatch: Callable[[int, str], Any]) -> int:
    async with database.transaction() as session:
        return await outbox.relay(session, subscriptions=SUBSCRIPTIONS, dispatch=dispatch)


async def handle(database: Database, event_id: int, handler: str = TRACE) -> bool:
    async with database.transaction() as session:
        return await outbox.handle(session, subscriptions=SUBSCRIPTIONS, event_id=event_id, handler=handler)


async def marks(database: Database) -> list[tuple[int, str, str | None]]:
    async with database.reading() as session:
        found = select(EventHandling.event_id, EventHandling.handler, EventHandling.error)
        return [(row.event_id, row.handler, row.error) for row in await session.execute(found)]


async def test_an_event_is_stored_by_name_and_ids(database: Database) -> None:
    [event_id] = await publish(database)
    async with database.reading() as session:
        record = await session.get_one(OutboxRecord, event_id)
    assert record.name == "companies.CompanyCreated"
    assert record.payload == {"company_id": 7, "user_id": 3}
    assert CompanyCreated.from_payload(record.payload) == EVENT


async def test_what_is_rolled_back_is_told_to_nobody(database: Database) -> None:
    async def give_up() -> None:
        async with database.transaction() as session:
            await events.publish(session, EVENT)
            raise LookupError

    with pytest.raises(LookupError):
        await give_up()
    assert await stored(database) == []


async def test_the_relay_hands_on_each_event_for_each_handler_once_oldest_first(database: Database) -> None:
    first, second = await publish(database, 2)
    sent: list[tuple[int, str]] = []
    assert await relay(database, lambda *work: sent.append(work)) == 2
    assert sent == [(first, TRACE), (first, FAILURE), (second, TRACE), (second, FAILURE)]
    assert await stored(database, is_sent=True) == [first, second]
    assert await relay(database, lambda *work: sent.append(work)) == 0
    assert len(sent) == 4


async def test_an_event_is_marked_as_sent_only_after_the_broker_has_confirmed(
    committed: Database,
) -> None:
    await publish(committed)
    seen = []

    def confirm(event_id: int, handler: str) -> None:
        seen.append(handler)

    async with committed.transaction() as session:
        await outbox.relay(session, subscriptions=SUBSCRIPTIONS, dispatch=confirm)
        assert len(seen) == 2
        assert await stored(committed, is_sent=True) == []
    assert len(await stored(committed, is_sent=True)) == 1


async def test_when_the_broker_refuses_the_batch_stays_unsent_and_goes_out_later(database: Database) -> None:
    ids = await publish(database, 3)
    sent = []

    def break_at_the_second(event_id: int, handler: str) -> None:
        if event_id == ids[1]:
            raise ConnectionResetError
        sent.append(event_id)

    with pytest.raises(ConnectionResetError):
        await relay(database, break_at_the_second)
    assert sent == [ids[0]] * 2
    assert await stored(database) == ids
    assert await relay(database, lambda *work: sent.append(work[0])) == 3
    assert set(sent) == set(ids)


async def test_relays_that_run_at_once_do_not_send_the_same(committed: Database) -> None:
    await publish(committed, 2)
    sent: list[tuple[int, str]] = []
    async with committed.transaction() as session:
        await outbox.relay(session, subscriptions=SUBSCRIPTIONS, dispatch=lambda *work: sent.append(work))
        await publish(committed)
        assert await relay(committed, lambda *work: sent.append(work)) == 1
    assert len(sent) == len(set(sent)) == 6


async def test_events_without_a_handler_are_done_with(database: Database) -> None:
    await publish(database)
    sent: list[object] = []
    async with database.transaction() as session:
        subscriptions: Subscriptions = {CompanyCreated: ()}
        assert (
            await outbox.relay(session, subscriptions=subscriptions, dispatch=lambda *work: sent.append(work))
            == 1
        )
    assert sent == []
    assert await stored(database) == []


async def test_a_handler_runs_once_however_often_its_message_comes(database: Database) -> None:
    first, second = await publish(database, 2)
    assert [await handle(database, first) for _ in range(3)] == [True, False, False]
    assert await traces(database) == 1
    assert await handle(database, second)
    assert await traces(database) == 2
    assert await marks(database) == [(first, TRACE, None), (second, TRACE, None)]


async def test_a_handler_runs_once_when_its_message_comes_to_many_workers_at_once(
    committed: Database,
) -> None:
    [event_id] = await publish(committed)
    ran = await asyncio.gather(*(handle(committed, event_id) for _ in range(8)))
    assert sorted(ran) == [False] * 7 + [True]
    assert await traces(committed) == 1


async def test_a_second_delivery_waits_for_the_first_and_takes_over_when_it_fails(
    committed: Database,
) -> None:
    [event_id] = await publish(committed)
    is_handling, may_end = asyncio.Event(), asyncio.Event()

    async def fail_after_a_while(session: AsyncSession, event: CompanyCreated) -> None:
        is_handling.set()
        await may_end.wait()
        raise ConnectionRefusedError

    # Under the name of the other: it is the same message.
    fail_after_a_while.__name__, fail_after_a_while.__module__ = (
        leave_a_trace.__name__,
        leave_a_trace.__module__,
    )

    async def first_delivery() -> None:
        async with committed.transaction() as session:
            await outbox.handle(
                session,
                subscriptions={CompanyCreated: (fail_after_a_while,)},
                event_id=event_id,
                handler=TRACE,
            )

    first = asyncio.create_task(first_delivery())
    await is_handling.wait()
    second = asyncio.create_task(handle(committed, event_id))
    await until(lambda: waiting_for_a_lock(committed))
    assert not second.done()
    may_end.set()
    with pytest.raises(ConnectionRefusedError):
        await first
    assert await second
    assert await traces(committed) == 1


async def test_a_handler_that_fails_leaves_neither_effects_nor_a_mark(database: Database) -> None:
    [event_id] = await publish(database)
    for _ in range(2):
        with pytest.raises(ConnectionRefusedError):
            await handle(database, event_id, FAILURE)
    assert await traces(database) == 0
    assert await marks(database) == []
    assert await handle(database, event_id, TRACE)


async def test_an_event_that_is_set_aside_keeps_the_reason_and_is_not_handled_again(
    database: Database,
) -> None:
    [event_id] = await publish(database)
    for _ in range(2):
        async with database.transaction() as session:
            await outbox.set_aside(
                session, event_id=event_id, handler=FAILURE, error="ConnectionRefusedError()"
            )
    assert await marks(database) == [(event_id, FAILURE, "ConnectionRefusedError()")]
    assert not await handle(database, event_id, FAILURE)
    assert await handle(database, event_id, TRACE)
