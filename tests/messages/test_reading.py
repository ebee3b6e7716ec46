"""What is unread, for whom, and what is found."""

import pytest
from sqlalchemy import text

from src.messages.events import ConversationRead
from src.teams.enums import TeamRole
from tests.factories.world import World, ok, problem
from tests.messages.support import answer, conversation, read, unread, write


async def test_what_the_other_side_writes_is_unread_until_it_is_read(world: World) -> None:
    studio, customer = await world.studio(), await world.person()
    first = await write(customer, studio)
    await write(customer, studio, "Hello?")
    assert (await unread(studio.owner), await unread(customer)) == ((0, 2), (0, 0))
    await read(studio.owner, first)
    assert await unread(studio.owner) == (0, 1)
    await answer(studio.owner, studio, customer)
    assert (await unread(studio.owner), await unread(customer)) == ((0, 1), (1, 0))
    theirs = (await conversation(studio.owner, studio, customer))["conversation"]
    assert (theirs["unread_count"], theirs["last_read_message_id"]) == (1, first["id"])
    ours = (await conversation(customer, studio, customer))["conversation"]
    assert (ours["unread_count"], ours["other_last_read_message_id"]) == (1, first["id"])


async def test_reading_the_list_or_the_conversation_marks_nothing(world: World) -> None:
    studio, customer = await world.studio(), await world.person()
    await write(customer, studio)
    await conversation(studio.owner, studio, customer)
    await ok(studio.owner.get("/messages/conversations"))
    assert await unread(studio.owner) == (0, 1)


async def test_a_mark_never_goes_back_nor_beyond_what_is_there(world: World) -> None:
    studio, customer = await world.studio(), await world.person()
    first, second = await write(customer, studio), await write(customer, studio, "Hello?")
    await read(studio.owner, second)
    await read(studio.owner, first)
    assert await unread(studio.owner) == (0, 0)
    await read(studio.owner, second | {"id": second["id"] + 1_000_000})
    await write(customer, studio, "Are you there?")
    assert await unread(studio.owner) == (0, 1)


async def test_a_studio_reads_as_one(world: World) -> None:
    studio, customer = await world.studio(), await world.person()
    staff, _ = await world.member(studio, TeamRole.STAFF)
    message = await write(customer, studio)
    assert await unread(staff) == (0, 1)
    await read(studio.owner, message)
    assert await unread(staff) == (0, 0)


async def test_a_mark_tells_others_once(world: World, session) -> None:
    studio, customer = await world.studio(), await world.person()
    message = await write(customer, studio)
    for _ in range(2):
        await read(studio.owner, message)
    told = text("SELECT payload FROM outbox WHERE name = :name")
    payloads = (await session.scalars(told, {"name": ConversationRead.name})).all()
    assert payloads == [
        {
            "conversation_id": message["conversation_id"],
            "reader_id": studio.owner.id,
            "message_id": message["id"],
        }
    ]


async def test_what_is_unread_can_be_listed(world: World) -> None:
    studio, customer, other = await world.studio(), await world.person(), await world.person()
    await read(studio.owner, await write(customer, studio))
    await write(other, studio)
    listed = await ok(studio.owner.get("/messages/conversations", params={"unread": True}))
    assert [item["customer"]["id"] for item in listed["items"]] == [other.id]


async def test_another_s_conversation_can_not_be_marked(world: World) -> None:
    studio, customer, other = await world.studio(), await world.person(), await world.person()
    message = await write(customer, studio)
    path = f"/messages/conversation/{message['conversation_id']}/read"
    problem(await other.patch(path, {"message_id": message["id"]}), 404, "conversation_not_found")
    assert await unread(studio.owner) == (0, 1)


@pytest.mark.parametrize(
    ("asked", "is_found"),
    [
        ("Señor", True),
        ("senor", True),
        ("LODZ", True),
        ("lod stud", True),
        ("studio łódź", True),
        ("xian", True),
        ("odz", False),
        ("lodz cello", False),
        ("!!!", False),
        ("' | 'studio", True),
        ("\\", False),
    ],
)
async def test_words_are_found_without_accents_and_unfinished(
    world: World, asked: str, *, is_found: bool
) -> None:
    studio, customer = await world.studio(), await world.person()
    await write(customer, studio, "El señor del Xi'an-Studio en Łódź")
    for person in (customer, studio.owner):
        found = await ok(person.get("/messages", params={"q": asked}))
        assert len(found["items"]) == int(is_found)


async def test_a_search_stays_in_ones_own_conversations(world: World) -> None:
    studio, customer, other = await world.studio(), await world.person(), await world.person()
    mine, theirs = await write(customer, studio), await write(other, studio)
    found = {
        person.id: [
            item["id"] for item in (await ok(person.get("/messages", params={"q": "piano"})))["items"]
        ]
        for person in (customer, other, studio.owner, await world.person())
    }
    assert list(found.values()) == [[mine["id"]], [theirs["id"]], [theirs["id"], mine["id"]], []]
    one = {"q": "piano", "conversation_id": mine["conversation_id"]}
    assert [item["id"] for item in (await ok(studio.owner.get("/messages", params=one)))["items"]] == [
        mine["id"]
    ]
    assert (await ok(other.get("/messages", params=one)))["items"] == []


async def test_what_is_hidden_is_not_found_by_who_may_not_see_it(world: World) -> None:
    """Otherwise one would ask digit by digit."""
    studio, customer = await world.studio(), await world.person()
    await write(customer, studio, "Piano? Call 07911 123456")

    async def finds(person, asked: str) -> bool:
        return bool((await ok(person.get("/messages", params={"q": asked})))["items"])

    assert [await finds(studio.owner, asked) for asked in ("0791", "123456", "piano")] == [False, False, True]
    assert [await finds(customer, asked) for asked in ("0791", "123456", "piano")] == [True, True, True]
    await world.paid_booking(studio, customer)
    assert await finds(studio.owner, "0791")


async def test_the_search_can_use_its_index(session) -> None:
    for way in ("seqscan", "indexscan", "indexonlyscan"):
        await session.execute(text(f"SET LOCAL enable_{way} = off"))
    plan = await session.scalars(
        text(
            "EXPLAIN SELECT id FROM messages WHERE"
            " to_tsvector('simple'::regconfig, search_key(body)) @@ to_tsquery('simple'::regconfig, 'x')"
        )
    )
    assert "ix_messages_words" in "\n".join(plan)
