import pytest

from src.core.identity import Role
from tests.payments.payouts.support import take_place


@pytest.fixture
async def over(world, worker, studio, customer):
    """A booking of 100.00, paid in the sandbox, that took place four days ago: 90.00 are the owner's."""
    booking = await world.paid_booking(studio, customer)
    await take_place(world, worker, booking)
    return booking


@pytest.fixture
async def admin(world):
    return await world.person(role=Role.ADMIN)
