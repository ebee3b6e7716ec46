import pytest
from fastapi import FastAPI

from src.core.config import Settings
from src.core.identity import Role
from tests.admin.support import Staff, logged_in
from tests.factories.world import Person, World


@pytest.fixture
async def admin(world: World) -> Person:
    return await world.person(role=Role.ADMIN)


@pytest.fixture
def staff(app: FastAPI, admin: Person, settings: Settings) -> Staff:
    return logged_in(app, admin, settings)
