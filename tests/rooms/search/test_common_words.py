"""Words that most rooms have are found by walking through the newest rooms, not by the index of words."""

import pytest
from sqlalchemy import text

from src.core.database import driver
from src.rooms.search import matches, repository
from src.rooms.search.filters import RoomFilter, StudioFilter

STATEMENTS = {
    "rooms": lambda: repository.rooms_statement(RoomFilter(q="sala"), None),
    "studios": lambda: repository.studios_statement(StudioFilter(q="nova")),
}


@pytest.fixture
async def rooms(world, session):
    """Five that have the words, oldest first, and then one that has not."""
    made = [await world.studio(name="Sala") for _ in range(5)]
    await session.execute(text("UPDATE addresses SET name = 'Nova'"))
    await world.studio(name="Elsewhere")
    return [studio.room_id for studio in made]


@pytest.fixture
def limits(monkeypatch):
    def set_to(**values):
        for name, value in values.items():
            monkeypatch.setattr(matches, name, value)

    return set_to


async def test_the_newest_that_have_them_are_ranked(rooms, room_ids, limits):
    limits(MOST_OF_SAMPLED=5, MOST_RANKED=3)
    assert await room_ids(q="sala") == rooms[2:]


async def test_where_the_newest_are_not_enough_the_index_finds_all(rooms, room_ids, limits):
    limits(MOST_OF_SAMPLED=2, SAMPLED=4, WALKED=4)
    assert await room_ids(q="sala") == rooms


async def test_words_that_few_have_are_found_by_the_index(rooms, room_ids, limits):
    limits(MOST_OF_SAMPLED=6)
    assert await room_ids(q="sala") == rooms


@pytest.mark.parametrize("asked", STATEMENTS)
async def test_the_index_of_words_is_left_alone(rooms, session, limits, asked):
    limits(MOST_OF_SAMPLED=5, MOST_RANKED=3)
    statement, arguments = STATEMENTS[asked]()
    explain = f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}"
    plan = await (await driver(session)).fetchval(explain, *arguments)
    searches = [node for node in nodes(plan[0]["Plan"]) if has_words_as_condition(node)]
    assert [node["Actual Loops"] for node in searches] == [0]


def nodes(plan):
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


def has_words_as_condition(node):
    """Of a table, whatever index it has for them; the newest are a subquery."""
    conditions = [node.get(kind, "") for kind in ("Filter", "Index Cond", "Recheck Cond")]
    return "Relation Name" in node and any("words @@" in condition for condition in conditions)
