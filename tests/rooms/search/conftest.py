import pytest
from sqlalchemy import text

from src import invariants


@pytest.fixture
def search(world):
    """Asks as anybody; answers with the document."""

    async def ask(path="/search", **query):
        answer = await world.client.get(f"/api/v1{path}", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return ask


@pytest.fixture
def room_ids(search):
    async def ask(**query):
        return [room["id"] for room in (await search("/rooms", **query))["items"]]

    return ask


@pytest.fixture(autouse=True)
async def search_sees_the_truth(database):
    """After every test what search reads says what the tables of record say."""
    yield
    async with database.reading() as session:
        for name, query in invariants.INVARIANTS.items():
            if name.startswith("search sees"):
                assert (await session.execute(text(query))).all() == [], name
