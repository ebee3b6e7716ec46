from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from tests.factories.world import NEW_YORK, Studio, World, ok, problem

FLOOR = {"title": "Floating floor", "target_date": "2027-02-01", "reached_at": "2027-01-28T16:00:00+00:00"}
DESK = {"title": "Desk wired", "target_date": "2027-03-15", "reached_at": None}
PARTY = {"title": "First recording", "target_date": None, "reached_at": None}


def path(studio: Studio) -> str:
    return f"/addresses/{studio.address['id']}/progress"


async def test_without_milestones_nothing_is_left_to_do(world: World) -> None:
    studio = await world.studio()
    answer = await world.client.get(f"/api/v1{path(studio)}")
    assert answer.json() == {"percent": 100, "opens_on": None, "milestones": []}


async def test_the_milestones_have_their_order_and_say_how_far_it_is(world: World) -> None:
    studio = await world.studio()
    progress = await ok(studio.owner.put(path(studio), {"milestones": [PARTY, FLOOR, DESK]}))
    assert progress == {"percent": 33, "opens_on": "2027-03-15", "milestones": [PARTY, FLOOR, DESK]}
    assert (await world.client.get(f"/api/v1{path(studio)}")).json() == progress
    progress = await ok(studio.owner.put(path(studio), {"milestones": [FLOOR]}))
    assert (progress["percent"], progress["milestones"]) == (100, [FLOOR])


async def test_a_time_without_offset_is_the_studios(world: World) -> None:
    studio = await world.studio(city_id=NEW_YORK)
    reached = FLOOR | {"reached_at": "2027-01-28T16:00:00"}
    (milestone,) = (await ok(studio.owner.put(path(studio), {"milestones": [reached]})))["milestones"]
    assert milestone["reached_at"] == "2027-01-28T21:00:00+00:00"
    skipped = FLOOR | {"reached_at": "2027-03-14T02:30:00"}
    problem(await studio.owner.put(path(studio), {"milestones": [skipped]}), 422, "local_time_skipped")


@pytest.mark.parametrize(
    "milestone",
    [{}, {"title": ""}, FLOOR | {"target_date": "soon"}, FLOOR | {"reached_at": "0001-01-01T00:00:00+14:00"}],
    ids=range(4),
)
async def test_milestones_that_make_no_sense(world: World, milestone: dict[str, Any]) -> None:
    studio = await world.studio()
    await ok(studio.owner.put(path(studio), {"milestones": [DESK]}))
    problem(
        await studio.owner.put(path(studio), {"milestones": [FLOOR, milestone]}), 422, "validation_failed"
    )
    many = {"milestones": [FLOOR] * 51}
    problem(await studio.owner.put(path(studio), many), 422, "validation_failed")
    assert (await ok(studio.owner.get(path(studio))))["milestones"] == [DESK]


async def test_a_change_is_written_down(world: World, session: AsyncSession) -> None:
    studio = await world.studio()
    await ok(studio.owner.put(path(studio), {"milestones": [DESK]}))
    changes = await session.scalar(
        text("SELECT changes FROM audit_entries WHERE action = 'address.progress_replaced'")
    )
    assert changes == {"milestones": [[], [DESK]]}
