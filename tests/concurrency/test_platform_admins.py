"""Two administrators of the platform take each other's right at once: on a real database, with commits."""

import asyncio
from collections.abc import AsyncIterator, Collection
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from src.core.identity import Role
from src.core.limits import Limiter
from src.main import create_app
from src.users import repository
from src.users.models import User
from tests.factories.world import Person, World
from tests.support.services import create_extra_database

CHANGES = [{"role": "user"}, {"is_active": False}]


@pytest.fixture(scope="module")
async def real_app(settings):
    app = create_app(settings.model_copy(update={"database_url": create_extra_database("admin_races")}))
    app.state.limiter = Limiter(settings.redis_url, prefix="limits:admin_races")
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def real_world(real_app, settings) -> AsyncIterator[World]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(real_app), base_url="http://test") as client:
        yield World(client=client, database=real_app.state.database, settings=settings)


async def each_takes_the_others_right(world: World, changes: dict[str, Any]) -> list[Person]:
    """Those who are administrators afterwards."""
    both = [await world.person(role=Role.ADMIN) for _ in range(2)]
    await asyncio.gather(
        both[0].patch(f"/users/{both[1].id}", changes), both[1].patch(f"/users/{both[0].id}", changes)
    )
    async with world.database.reading() as session:
        admins = select(User.id).where(User.role == Role.ADMIN, User.deactivated_at.is_(None))
        left = set(await session.scalars(admins))
    return [person for person in both if person.id in left]


@pytest.mark.parametrize("changes", CHANGES, ids=["role", "active"])
async def test_of_two_who_take_each_others_right_one_stays(
    real_world: World, changes: dict[str, Any]
) -> None:
    for _ in range(5):
        assert len(await each_takes_the_others_right(real_world, changes)) == 1


@pytest.mark.parametrize("changes", CHANGES, ids=["role", "active"])
async def test_without_the_lock_none_would(
    real_world: World, changes: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control: both look before either is gone."""
    both_have_looked = asyncio.Barrier(2)

    async def unlocked(session: Any, user_ids: Collection[int]) -> dict[int, User]:
        users = {user_id: await session.get(User, user_id) for user_id in user_ids}
        await asyncio.wait_for(both_have_looked.wait(), 10)
        return users

    monkeypatch.setattr(repository, "lock", unlocked)
    assert await each_takes_the_others_right(real_world, changes) == []
