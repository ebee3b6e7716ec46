"""What all domains together say about a person who leaves, when two leave at the same moment."""

import asyncio

import httpx
import pytest
from sqlalchemy import text

from src.companies import repository as companies
from src.core.database import Database
from tests.factories.world import Person, World

ROUNDS = 5


async def leave(person: Person) -> httpx.Response:
    return await person.client.request("DELETE", "/api/v1/users/me", headers=person.headers)


async def both_leave(world: World, database: Database) -> list[int]:
    studio, another = await world.studio(), await world.person()
    async with database.transaction() as session:
        await session.execute(
            text("INSERT INTO company_admins (company_id, user_id) VALUES (:company, :user)"),
            {"company": studio.company["id"], "user": another.id},
        )
    answers = await asyncio.gather(leave(studio.owner), leave(another))
    return sorted(answer.status_code for answer in answers)


async def test_two_admins_who_leave_at_once_leave_no_studio_alone(
    committed_world: World, committed: Database
) -> None:
    for _ in range(ROUNDS):
        assert await both_leave(committed_world, committed) == [204, 409]


async def test_without_the_lock_both_would_have_left(
    committed_world: World, committed: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise the test above would prove nothing."""
    found = companies.list_solely_administered

    async def without_lock(session: object, user_id: int) -> object:
        async with committed.transaction() as passing:
            alone = await found(passing, user_id)
        await asyncio.sleep(0.1)
        return alone

    monkeypatch.setattr(companies, "list_solely_administered", without_lock)
    outcomes = [await both_leave(committed_world, committed) for _ in range(ROUNDS)]
    assert [204, 204] in outcomes
