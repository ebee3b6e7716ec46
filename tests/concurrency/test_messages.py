"""Writing and reading one conversation at once: on a real database, with commits."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from sqlalchemy import select, text, update

from src.core.database import Database
from src.core.limits import Limiter
from src.invariants import INVARIANTS
from src.main import create_app
from src.messages import repository
from src.messages.enums import Side
from src.messages.models import Conversation, ConversationReader
from tests.core.probe import until, waiting_for_a_lock
from tests.factories.world import World, created, ok, problem
from tests.messages.support import answer, conversation, read, unread, write
from tests.support.pause import Pause
from tests.support.services import create_extra_database

NEWEST = "a conversation knows its newest message, and each side the newest of the other"
WRITERS, EACH, READERS = 4, 2, 2


@pytest.fixture(scope="module")
async def real_app(settings):
    patient = {"database_pool_timeout_seconds": 60.0, "database_lock_timeout_ms": 60_000}
    generous = {"message_limit_per_user": "1000/minute", "conversation_limit_per_user": "1000/minute"}
    database_url = create_extra_database("message_races")
    app = create_app(settings.model_copy(update={"database_url": database_url, **patient, **generous}))
    app.state.limiter = Limiter(settings.redis_url, prefix="limits:message_races")
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def real_world(real_app, settings) -> AsyncIterator[World]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(real_app), base_url="http://test") as client:
        yield World(client=client, database=real_app.state.database, settings=settings)


async def until_somebody_waits(database: Database) -> None:
    await until(lambda: waiting_for_a_lock(database), seconds=20)


async def test_counts_are_right_while_many_write_and_many_read(real_world: World) -> None:
    """What a reader marks is what they have seen: nothing else is ever counted as read, and no mark goes back."""
    studio, customer = await real_world.studio(), await real_world.person()
    await write(customer, studio)
    seen: set[int] = set()
    are_writing = True

    async def look_and_mark() -> None:
        while are_writing:
            page = await conversation(studio.owner, studio, customer, size=100)
            seen.update(message["id"] for message in page["items"])
            await read(studio.owner, page["items"][0])

    async def look_at_the_mark() -> None:
        mark = 0
        while are_writing:
            found = (await conversation(customer, studio, customer, size=1))["conversation"]
            assert found["other_last_read_message_id"] >= mark
            mark = found["other_last_read_message_id"]

    async def write_several() -> None:
        for number in range(EACH):
            await write(customer, studio, f"number {number}")
            await answer(studio.owner, studio, customer, f"answer {number}")

    async with asyncio.TaskGroup() as group:
        for _ in range(READERS):
            group.create_task(look_and_mark())
        group.create_task(look_at_the_mark())
        writers = [group.create_task(write_several()) for _ in range(WRITERS)]
        await asyncio.wait(writers)
        are_writing = False

    final = await conversation(studio.owner, studio, customer, size=100)
    mark = final["conversation"]["last_read_message_id"]
    theirs = [message["id"] for message in final["items"] if message["side"] == "customer"]
    assert len(final["items"]) == 1 + 2 * WRITERS * EACH
    assert {message_id for message_id in theirs if message_id <= mark} <= seen
    behind = sum(message_id > mark for message_id in theirs)
    assert (final["conversation"]["unread_count"], await unread(studio.owner)) == (behind, (0, behind))
    assert await unread(customer) == (WRITERS * EACH, 0)
    await read(studio.owner, final["items"][0])
    assert await unread(studio.owner) == (0, 0)
    async with real_world.database.reading() as session:
        assert await session.scalar(text(INVARIANTS[NEWEST])) is None


async def test_of_first_messages_at_once_there_is_one_conversation(real_world: World) -> None:
    studio, customer = await real_world.studio(), await real_world.person()
    written = await asyncio.gather(*(write(customer, studio, f"number {number}") for number in range(10)))
    assert len({message["conversation_id"] for message in written}) == 1
    assert await unread(studio.owner) == (0, 10)


async def test_no_message_appears_behind_one_that_was_read(
    real_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio, customer = await real_world.studio(), await real_world.person()
    await read(studio.owner, await write(customer, studio, "Hello"))
    pause = Pause(monkeypatch, repository, "note_newest")
    slow = asyncio.create_task(write(customer, studio, "slow"))
    await pause.reached_by(slow)
    fast = asyncio.create_task(write(customer, studio, "fast"))
    await until_somebody_waits(real_world.database)
    pause.go_on.set()
    first, second = await slow, await fast
    assert first["id"] < second["id"]
    await read(studio.owner, first)
    assert await unread(studio.owner) == (0, 1)


async def test_without_the_lock_ids_and_commits_part_ways(
    real_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control: what has the smaller id isn't there yet when the next is read. Only a check minds then."""

    async def unlocked(session: Any, *, customer_id: int, address_id: int) -> Conversation:
        pair = Conversation.customer_id == customer_id, Conversation.address_id == address_id
        found: Conversation = (await session.scalars(select(Conversation).where(*pair))).one()
        return found

    monkeypatch.setattr(repository, "lock_pair", unlocked)
    studio, customer = await real_world.studio(), await real_world.person()
    await write(customer, studio, "Hello")
    pause = Pause(monkeypatch, repository, "note_newest")
    body = {"address_id": studio.address["id"], "body": "slow"}
    slow = asyncio.create_task(customer.post("/messages", body))
    await pause.reached_by(slow)
    fast = await write(customer, studio, "fast")
    seen = await conversation(studio.owner, studio, customer)
    assert [message["body"] for message in seen["items"]] == ["fast", "Hello"]
    await read(studio.owner, fast)
    pause.go_on.set()
    problem(await slow, 409, "conflict")


async def marked_by_two(world: World) -> tuple[int, int]:
    """The farther mark is not through yet when a nearer one comes; returns what stands, and the farther one."""
    studio, customer = await world.studio(), await world.person()
    near, far = await write(customer, studio, "near"), await write(customer, studio, "far")
    marking: dict[str, Any] = {
        "conversation_id": far["conversation_id"],
        "side": Side.STUDIO,
        "reader_id": studio.owner.id,
    }
    async with world.database.transaction() as session:
        await repository.mark_read(session, up_to=far["id"], **marking)
        nearer = asyncio.create_task(_in_transaction(world.database, up_to=near["id"], **marking))
        await until_somebody_waits(world.database)
    await nearer
    found = await conversation(studio.owner, studio, customer)
    return found["conversation"]["last_read_message_id"], far["id"]


async def _in_transaction(database: Database, **marking: Any) -> None:
    async with database.transaction() as session:
        await repository.mark_read(session, **marking)


async def test_of_two_marks_at_once_the_farther_stands(real_world: World) -> None:
    stands, far = await marked_by_two(real_world)
    assert stands == far


async def test_who_looks_first_and_marks_then_would_take_it_back(
    real_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control."""

    async def look_first(
        session: Any, *, conversation_id: int, side: Side, up_to: int, reader_id: int
    ) -> None:
        key = ConversationReader.conversation_id == conversation_id, ConversationReader.side == side
        mark = await session.scalar(select(ConversationReader.last_read_message_id).where(*key))
        marked = update(ConversationReader).where(*key).values(last_read_message_id=max(mark, up_to))
        await session.execute(marked.values(read_by_id=reader_id))

    monkeypatch.setattr(repository, "mark_read", look_first)
    stands, far = await marked_by_two(real_world)
    assert stands < far


async def test_two_sweeps_at_once_mail_nobody_twice(real_world: World) -> None:
    studio, customer = await real_world.studio(), await real_world.person()
    message = await write(customer, studio)
    async with real_world.database.transaction() as session:
        await session.execute(text("UPDATE messages SET created_at = created_at - interval '1 hour'"))

    async def sweep() -> list[int]:
        async with real_world.database.transaction() as session:
            return list(await repository.take_untold(session, minutes=10, limit=100))

    told = [
        message_id for found in await asyncio.gather(*(sweep() for _ in range(5))) for message_id in found
    ]
    assert told.count(message["id"]) == 1
    assert len(told) == len(set(told))


async def test_of_two_messages_with_one_upload_one_is_sent(real_world: World) -> None:
    studio, customer = await real_world.studio(), await real_world.person()
    file = {"file": b"%PDF-1.7\n%%EOF\n"}
    uploaded = await created(
        customer.client.post("/api/v1/messages/attachments", headers=customer.headers, files=file)
    )
    body = {"address_id": studio.address["id"], "uploads": [uploaded["upload"]]}
    answers = await asyncio.gather(*(customer.post("/messages", body) for _ in range(5)))
    assert sorted(answered.status_code for answered in answers) == [201, 409, 409, 409, 409]
    assert len((await ok(customer.get("/messages")))["items"]) == 1
