"""Cancellation tiers of an owner's own."""

import pytest

from tests.bookings.test_cancellation import starts_in
from tests.factories.world import ok, problem

TIERS = [{"hours_before": 48, "refund_percent": 80}, {"hours_before": 6, "refund_percent": 25}]


@pytest.fixture
async def studio(world):
    return await world.studio()


def own(tiers):
    return {"cancellation_policy": "custom", "cancellation_tiers": tiers}


async def test_a_room_has_them_and_a_booking_keeps_them(world, database, studio):
    customer, room = await world.person(), f"/rooms/{studio.room_id}"
    shown = await ok(studio.owner.patch(room, own(TIERS)))
    assert (shown["cancellation_policy"], shown["cancellation_tiers"]) == ("custom", TIERS)
    booking = await world.paid_booking(studio, customer)
    assert (await ok(studio.owner.patch(room, {"cancellation_policy": "strict"})))[
        "cancellation_tiers"
    ] is None
    await starts_in(database, booking, 50)
    preview = await ok(customer.get(f"/bookings/{booking['id']}/cancellation"))
    assert preview["refund"]["amount"] == 8000
    assert [step["refund_percent"] for step in preview["steps"]] == [80, 25]


async def test_a_company_has_them_for_its_rooms(world, studio):
    company = await ok(studio.owner.patch(f"/companies/{studio.company['id']}", own(TIERS)))
    assert company["cancellation_tiers"] == TIERS
    booking = await world.held_booking(studio, await world.person())
    assert [tier["refund_percent"] for tier in booking["cancellation_policy"]] == [80, 25, 100]


@pytest.mark.parametrize(
    "body",
    [
        {"cancellation_policy": "custom"},
        {"cancellation_policy": "strict", "cancellation_tiers": TIERS},
        {"cancellation_tiers": TIERS},
        own([]),
        own(TIERS[::-1]),
        own([TIERS[0], TIERS[0]]),
        own([{"hours_before": 48, "refund_percent": 50}, {"hours_before": 6, "refund_percent": 60}]),
        own([{"hours_before": 48, "refund_percent": 101}]),
        own([{"hours_before": -1, "refund_percent": 10}]),
    ],
    ids=str,
)
async def test_what_is_no_policy_is_refused(studio, body):
    problem(await studio.owner.patch(f"/rooms/{studio.room_id}", body), 422, "validation_failed")
    problem(await studio.owner.patch(f"/companies/{studio.company['id']}", body), 422, "validation_failed")
