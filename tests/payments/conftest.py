import pytest

from tests.factories.world import ok
from tests.payments.books import assert_nothing_is_lost


@pytest.fixture(autouse=True)
async def books(database, worker):
    """After every story, when worker and beat have done their part, no cent is missing."""
    yield
    await worker.run()
    await assert_nothing_is_lost(database)


@pytest.fixture
async def studio(world):
    return await world.studio()


@pytest.fixture
async def customer(world):
    return await world.person()


@pytest.fixture
async def booking(world, studio, customer):
    """A hold for two hours, 100.00 in all."""
    return await world.held_booking(studio, customer)


@pytest.fixture
async def taxed(world, studio):
    """The same studio, a fifth of whose prices is tax."""
    body = {"tax_rate_bp": 2500, "prices_include_tax": True}
    await ok(studio.owner.patch(f"/companies/{studio.company['id']}", body))
    return studio
