import pytest

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
