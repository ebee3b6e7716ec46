from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from src.core.identity import Role
from tests.factories.world import Person, Studio, World, ok, problem


async def put(person: Person, studio: Studio, *badges: Any) -> Any:
    return await person.put(f"/addresses/{studio.address['id']}/badges", {"badges": list(badges)})


async def test_the_badges_are_there_for_everybody(world: World) -> None:
    badges = (await world.client.get("/api/v1/badges")).json()
    assert len(badges) >= 20
    assert {"slug": "step_free", "name": "Step-free access", "is_platform_granted": False} in badges
    assert {badge["slug"] for badge in badges if badge["is_platform_granted"]} == {
        "verified",
        "editors_choice",
    }


async def test_they_are_replaced_as_a_whole_and_read_with_the_studio(world: World) -> None:
    studio = await world.studio()
    assert studio.address["badges"] == []
    await ok(put(studio.owner, studio, "parking", "wifi"))
    changed = await ok(put(studio.owner, studio, "wifi", "soundproofed", "wifi"))
    assert changed["badges"] == ["soundproofed", "wifi"]
    assert (await world.client.get(f"/api/v1/addresses/{studio.address['id']}")).json() == changed


@pytest.mark.parametrize(
    ("badges", "code"),
    [(["haunted"], "unknown_badge"), (["Wi-Fi"], "validation_failed"), ([None], "validation_failed")],
)
async def test_what_is_no_badge(world: World, badges: list[Any], code: str) -> None:
    studio = await world.studio()
    await ok(put(studio.owner, studio, "parking"))
    problem(await put(studio.owner, studio, "wifi", *badges), 422, code)
    assert (await ok(studio.owner.get(f"/addresses/{studio.address['id']}")))["badges"] == ["parking"]


async def test_what_the_platform_gives_is_neither_taken_by_an_owner_nor_lost_by_one(world: World) -> None:
    studio, admin = await world.studio(), await world.person(role=Role.ADMIN)
    answer = problem(await put(studio.owner, studio, "wifi", "verified"), 403, "badge_reserved")
    assert answer["badges"] == ["verified"]
    assert (await ok(put(admin, studio, "wifi", "verified")))["badges"] == ["verified", "wifi"]
    assert (await ok(put(studio.owner, studio, "parking")))["badges"] == ["parking", "verified"]
    assert (await ok(put(studio.owner, studio, "verified")))["badges"] == ["verified"]
    assert (await ok(put(admin, studio)))["badges"] == []


async def test_a_change_is_written_down_once(world: World, session: AsyncSession) -> None:
    studio = await world.studio()
    for _ in range(2):
        await ok(put(studio.owner, studio, "wifi"))
    written = await session.scalars(
        text("SELECT changes FROM audit_entries WHERE action = 'address.badges_replaced'")
    )
    assert written.all() == [{"badges": [[], ["wifi"]]}]
