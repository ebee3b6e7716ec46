"""Who is told of a message that waits, when, and in which words; and what is said at the moment."""

import asyncio
import json

import pytest
import redis.asyncio as redis
from sqlalchemy import text

from src.core.live import Signals
from src.messages import service
from src.messages.contacts import HIDDEN
from src.messages.events import MessageSent, MessageUnread
from src.teams.enums import TeamRole
from tests.factories.world import World, ok, problem
from tests.messages.support import PDF, answer, let_pass, read, upload, write

MINUTES = 10


@pytest.fixture
def tell(database, worker):
    """What beat does, after so many minutes: returns how many sides were told."""

    async def tell(*, after: int = MINUTES + 1) -> int:
        await let_pass(database, after)
        async with database.transaction() as session:
            told = await service.tell_unread(session, minutes=MINUTES)
        await worker.run()
        return told

    return tell


async def test_one_mail_tells_of_what_waits_until_it_is_read(world: World, tell, mailbox) -> None:
    studio, customer = await world.studio(), await world.person()
    await write(customer, studio, "Is there a piano?")
    await write(customer, studio, "Hello?")
    assert await tell(after=MINUTES - 1) == 0
    assert await tell() == 1
    last = await write(customer, studio, "Still there?")
    assert await tell() == 0
    (mail,) = mailbox.to(studio.owner.email)
    assert mail["Subject"] == "Mira N. has written about Berwick Street"
    body = mail.get_body(("plain",)).get_content()
    assert "2 messages wait for Berwick Street" in body
    assert "Hello?" in body
    assert f"/messages/{customer.id}/{studio.address['id']}" in body
    await read(studio.owner, last)
    assert await tell() == 0
    await write(customer, studio, "One more thing")
    assert await tell() == 1
    assert len(mailbox.to(studio.owner.email)) == 2


async def test_what_was_read_in_time_is_no_mail(world: World, tell, mailbox, database, worker) -> None:
    studio, customer = await world.studio(), await world.person()
    await read(studio.owner, await write(customer, studio))
    assert await tell() == 0
    message = await write(customer, studio, "Hello?")
    await let_pass(database, MINUTES + 1)
    async with database.transaction() as session:
        assert await service.tell_unread(session, minutes=MINUTES) == 1
    await read(studio.owner, message)  # before a worker got to it
    await worker.run()
    assert not [subject for subject in mailbox.subjects(studio.owner.email) if "written" in subject]


async def test_everybody_who_may_answer_gets_it_and_nobody_else(world: World, tell, mailbox) -> None:
    studio, customer = await world.studio(), await world.person()
    here = studio.address["id"]
    staff, _ = await world.member(studio, TeamRole.STAFF)
    limited, _ = await world.member(studio, TeamRole.MANAGER, address_ids=[here])
    others = [
        await world.member(studio, TeamRole.PROFESSIONAL),
        await world.member(studio, TeamRole.STAFF, address_ids=[here + 1]),
        await world.member(studio, TeamRole.MANAGER, is_removed=True),
    ]
    await write(customer, studio)
    await tell()
    told = [len(mailbox.to(person.email)) for person in (studio.owner, staff, limited)]
    assert (told, [len(mailbox.to(person.email)) for person, _ in others]) == ([1, 1, 1], [0, 0, 0])


async def test_a_customer_is_told_by_whom_and_no_more_than_they_may_read(world: World, tell, mailbox) -> None:
    studio, customer = await world.studio(), await world.person()
    await write(customer, studio)
    await answer(studio.owner, studio, customer, "Call us: +44 20 7946 0123 <b>now</b>")
    await tell()
    (mail,) = mailbox.to(customer.email)
    assert mail["Subject"] == "Mira N. has written to you from Berwick Street"
    for kind in ("plain", "html"):
        content = mail.get_body((kind,)).get_content()
        assert HIDDEN in content
        assert "7946" not in content
        assert "<b>" not in content or kind == "plain"


async def test_a_message_that_is_only_a_picture_is_told_of_as_such(world: World, tell, mailbox) -> None:
    studio, customer = await world.studio(), await world.person()
    await write(customer, studio, "", uploads=[(await upload(customer, PDF))["upload"]])
    await tell()
    (mail,) = mailbox.to(studio.owner.email)
    assert "(an attachment)" in mail.get_body(("plain",)).get_content()


async def test_each_message_is_an_event_and_has_facts_that_the_other_side_may_read(
    world: World, session
) -> None:
    studio, customer = await world.studio(), await world.person()
    staff, _ = await world.member(studio, TeamRole.STAFF)
    asked = await write(customer, studio, "x " * 300)
    answered = await answer(staff, studio, customer, "Mail me: staff@example.com")
    published = text("SELECT (payload ->> 'message_id')::bigint FROM outbox WHERE name = :name ORDER BY id")
    sent = (await session.scalars(published, {"name": MessageSent.name})).all()
    assert sent == [asked["id"], answered["id"]]
    facts = await service.get_message_facts(session, message_id=answered["id"])
    assert (facts.sender_id, facts.sender_name, facts.unread) == (staff.id, "Mira N.", 1)
    assert facts.excerpt == f"Mail me: {HIDDEN}"
    long = await service.get_message_facts(session, message_id=asked["id"])
    assert len(long.excerpt) <= 200
    assert long.excerpt.endswith("…")
    assert MessageUnread.name == "messages.MessageUnread"


async def test_typing_is_shown_to_the_other_side_and_kept_nowhere(world: World, redis_url: str) -> None:
    studio, customer = await world.studio(), await world.person()
    message = await write(customer, studio)
    path = f"/messages/conversation/{message['conversation_id']}/typing"
    async with redis.from_url(redis_url) as client, client.pubsub() as heard:
        number = client.connection_pool.connection_kwargs["db"]
        await heard.subscribe(f"downbeat:live:{number}")
        assert (await customer.post(path)).status_code == 204
        assert (await studio.owner.post(path)).status_code == 204
        said: list[dict[str, object]] = []
        async with asyncio.timeout(10):
            while len(said) < 2:
                found = await heard.get_message(ignore_subscribe_messages=True, timeout=1)
                said += [json.loads(found["data"])] if found else []
    data = {"conversation_id": message["conversation_id"]}
    assert said == [
        {"user_ids": [studio.owner.id], "kind": "typing", "data": data | {"side": "customer"}},
        {"user_ids": [customer.id], "kind": "typing", "data": data | {"side": "studio"}},
    ]
    problem(await (await world.person()).post(path), 404, "conversation_not_found")


async def test_typing_costs_nobody_anything_when_redis_is_away(world: World, app) -> None:
    studio, customer = await world.studio(), await world.person()
    message = await write(customer, studio)
    await app.state.signals.close()
    app.state.signals = Signals("redis://127.0.0.1:1/0")
    answered = await customer.post(f"/messages/conversation/{message['conversation_id']}/typing")
    assert answered.status_code == 204


async def test_who_leaves_has_no_name_and_no_number_and_the_studio_keeps_what_was_said(
    world: World, database, run_outbox, session
) -> None:
    studio, customer = await world.studio(), await world.person()
    await write(customer, studio, "Call 07911 123456")
    exported = (await ok(customer.get("/users/me/export")))["messages"]
    assert [(message["body"], message["side"]) for message in exported] == [("Call 07911 123456", "customer")]
    assert exported[0]["address_id"] == studio.address["id"]
    left = await customer.delete("/users/me")
    assert left.status_code == 204, left.text
    await run_outbox()
    (listed,) = (await ok(studio.owner.get("/messages/conversations")))["items"]
    assert listed["customer"]["name"] == listed["last_message"]["sender"]["name"] == "Deleted user"
    assert listed["last_message"]["body"] == f"Call {HIDDEN}"
    stored = (await session.execute(text("SELECT body, masked_body FROM messages"))).one()
    assert stored == (f"Call {HIDDEN}", None)
    body = {"address_id": studio.address["id"], "customer_id": customer.id, "body": "Bye"}
    problem(await studio.owner.post("/messages", body), 409, "customer_gone")
