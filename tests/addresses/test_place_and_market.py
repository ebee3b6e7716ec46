"""Where a studio is, and whether it is on the market."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from src.core.clock import utc_now
from src.core.identity import Role
from tests.factories.world import LONDON, NEW_YORK, OPEN_DAILY, Studio, World, created, ok, problem

PARIS = 2988507


async def audited(session: AsyncSession, action: str) -> list[dict[str, Any]]:
    rows = await session.scalars(
        text("SELECT changes FROM audit_entries WHERE action = :action ORDER BY id"), {"action": action}
    )
    return list(rows)


async def events(session: AsyncSession) -> list[str]:
    names = await session.scalars(text("SELECT name FROM outbox WHERE name LIKE 'addresses.%' ORDER BY id"))
    return [name.removeprefix("addresses.") for name in names]


def path(studio: Studio) -> str:
    return f"/addresses/{studio.address['id']}"


async def test_a_time_zone_of_its_own(world: World) -> None:
    studio = await world.studio(is_published=False)
    for name in (path(studio), path(studio)):
        changed = await ok(studio.owner.patch(name, {"timezone": "Europe/Dublin"}))
        assert changed["timezone"] == "Europe/Dublin"
    opened = await created(
        studio.owner.post(
            "/addresses",
            {
                "company_id": studio.company["id"], "name": "Belfast", "street": "1 High Street",
                "city_id": LONDON, "lat": 51.5, "lng": -0.1, "timezone": "Europe/Belfast",
            },
        )
    )  # fmt: skip
    assert opened["timezone"] == "Europe/Belfast"


@pytest.mark.parametrize("zone", ["UTC", "Etc/GMT+3", "Europe/Atlantis", "../../etc/passwd", "", None, 3])
async def test_what_is_no_time_zone_of_a_place(world: World, zone: Any) -> None:
    studio = await world.studio(is_published=False)
    problem(await studio.owner.patch(path(studio), {"timezone": zone}), 422, "validation_failed")


async def test_moving_to_another_city_brings_its_time_zone_along(world: World, session: AsyncSession) -> None:
    studio = await world.studio()
    moved = await ok(
        studio.owner.patch(path(studio), {"city_id": PARIS, "lat": 48.86, "lng": 2.35, "street": "1 Rue X"})
    )
    assert (moved["city_id"], moved["lat"], moved["lng"]) == (PARIS, 48.86, 2.35)
    assert (moved["timezone"], moved["street"]) == ("Europe/Paris", "1 Rue X")
    (changes,) = [c for c in await audited(session, "address.updated") if "city_id" in c]
    assert changes["timezone"] == ["Europe/London", "Europe/Paris"]
    assert changes["city_id"] == [LONDON, PARIS]
    back = {"city_id": LONDON, "lat": 51.5, "lng": -0.1, "timezone": "Europe/Jersey"}
    assert (await ok(studio.owner.patch(path(studio), back)))["timezone"] == "Europe/Jersey"
    # The same city again is no move: the zone that was set stays.
    assert (await ok(studio.owner.patch(path(studio), {"city_id": LONDON})))["timezone"] == "Europe/Jersey"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"city_id": NEW_YORK}, "far_from_city"),
        ({"lat": 53.0}, "far_from_city"),
        ({"lat": -51.5, "lng": 179.9}, "far_from_city"),
        ({"city_id": 1}, "unknown_city"),
        ({"lat": 90.5}, "validation_failed"),
        ({"city_id": None}, "validation_failed"),
        ({"lng": None}, "validation_failed"),
    ],
)
async def test_a_place_that_can_not_be(world: World, change: dict[str, Any], code: str) -> None:
    studio = await world.studio()
    answer = problem(await studio.owner.patch(path(studio), change | {"name": "Elsewhere"}), 422, code)
    if code == "far_from_city":
        assert answer["distance_km"] > answer["most_km"] == 100
    assert await ok(studio.owner.get(path(studio))) == studio.address


async def test_a_suburb_is_near_enough(world: World) -> None:
    studio = await world.studio()
    assert (await ok(studio.owner.patch(path(studio), {"lat": 51.75, "lng": -0.34})))["lat"] == 51.75


async def test_without_a_street_there_is_no_place(world: World) -> None:
    studio = await world.studio(is_published=False)
    emptied = await ok(studio.owner.patch(path(studio), {"street": ""}))
    assert emptied["missing"] == ["place"]
    answer = await studio.owner.patch(path(studio), {"status": "published"})
    assert problem(answer, 409, "address_incomplete")["missing"] == ["place"]
    both = {"status": "published", "street": "1 Dean Street"}
    assert (await ok(studio.owner.patch(path(studio), both)))["status"] == "published"


@pytest.mark.parametrize("lost", ["street", "hours", "prices", "room"])
async def test_what_loses_completeness_leaves_the_market(
    world: World, session: AsyncSession, lost: str
) -> None:
    studio = await world.studio()
    owner, stranger = studio.owner, await world.person()
    losing: dict[str, Any] = {
        "street": lambda: owner.patch(path(studio), {"street": ""}),
        "hours": lambda: owner.put(f"{path(studio)}/operating-hours", {"hours": []}),
        "prices": lambda: owner.put(f"/rooms/{studio.room_id}/prices", {"prices": []}),
        "room": lambda: owner.patch(f"/rooms/{studio.room_id}", {"status": "inactive"}),
    }
    await ok(losing[lost]())
    lacks = {"street": "place", "hours": "operating_hours"}.get(lost, "room_with_price")
    now = await ok(owner.get(path(studio)))
    assert (now["status"], now["missing"]) == ("draft", [lacks])
    problem(await stranger.get(path(studio)), 404, "address_not_found")
    assert await events(session) == ["AddressPublished", "AddressUnpublished"]
    (changes,) = await audited(session, "address.unpublished")
    assert changes == {"status": ["published", "draft"], "missing": [[], [lacks]]}


async def test_a_complete_studio_stays_on_the_market_whatever_changes(
    world: World, session: AsyncSession
) -> None:
    studio = await world.studio()
    await ok(studio.owner.put(f"{path(studio)}/operating-hours", {"hours": OPEN_DAILY[:1]}))
    await ok(studio.owner.patch(path(studio), {"name": "Renamed", "status": "published"}))
    assert (await ok(studio.owner.get(path(studio))))["status"] == "published"
    assert await events(session) == ["AddressPublished"]


async def test_leaving_and_coming_back_are_told_and_written_down(world: World, session: AsyncSession) -> None:
    studio = await world.studio()
    for status in ("draft", "draft", "published"):
        await ok(studio.owner.patch(path(studio), {"status": status}))
    assert await events(session) == ["AddressPublished", "AddressUnpublished", "AddressPublished"]
    changes = [c["status"] for c in await audited(session, "address.updated")]
    assert changes == [["draft", "published"], ["published", "draft"], ["draft", "published"]]


async def test_opening_a_studio_is_written_down(world: World, session: AsyncSession) -> None:
    studio = await world.studio()
    (changes,) = await audited(session, "address.opened")
    assert changes["name"] == [None, studio.address["name"]]
    actor = await session.scalar(text("SELECT actor_id FROM audit_entries WHERE action = 'address.opened'"))
    assert actor == studio.owner.id


async def test_a_closed_down_studio_is_gone_for_everybody_and_for_good(
    world: World, session: AsyncSession
) -> None:
    studio, admin, fan = await world.studio(), await world.person(role=Role.ADMIN), await world.person()
    owner = studio.owner
    await fan.put(f"{path(studio)}/favorite", None)
    await owner.put(f"{path(studio)}/favorite", None)
    answer = await owner.delete(path(studio))
    assert answer.status_code == 204
    for person in (owner, admin, fan):
        for name in (path(studio), f"/addresses/{studio.address['slug']}", f"{path(studio)}/closures"):
            problem(await person.get(name), 404, "address_not_found")
        assert (await ok(person.get("/users/me/favorites")))["total"] == 0
    problem(await owner.patch(path(studio), {"status": "published"}), 404, "address_not_found")
    problem(await owner.delete(path(studio)), 404, "address_not_found")
    problem(await fan.get(f"/rooms/{studio.room_id}"), 404, "room_not_found")
    problem(await owner.patch(f"/rooms/{studio.room_id}", {"name": "x"}), 404, "room_not_found")
    assert await events(session) == ["AddressPublished", "AddressUnpublished"]
    assert len(await audited(session, "address.deactivated")) == 1


async def test_a_studio_with_bookings_to_come_is_not_closed_down(world: World, session: AsyncSession) -> None:
    studio, customer = await world.studio(), await world.person()
    held = await world.held_booking(studio, customer, hour=12)
    paid = await world.paid_booking(studio, customer, hour=15)
    answer = problem(await studio.owner.delete(path(studio)), 409, "address_in_use")
    (reason,) = answer["reasons"]
    assert (reason["code"], reason["ids"]) == ("upcoming_bookings", [held["id"], paid["id"]])
    assert (await ok(customer.get(path(studio))))["status"] == "published"

    await world.let_hold_end(held)
    answer = problem(await studio.owner.delete(path(studio)), 409, "address_in_use")
    assert answer["reasons"][0]["ids"] == [paid["id"]]
    await ok(studio.owner.post(f"/bookings/{paid['id']}/cancel", {}))
    assert (await studio.owner.delete(path(studio))).status_code == 204
    assert (await ok(customer.get(f"/bookings/{paid['id']}")))["address_name"] == studio.address["name"]


async def test_bookings_that_are_over_don_t_keep_a_studio(world: World, session: AsyncSession) -> None:
    studio, customer = await world.studio(), await world.person()
    await world.paid_booking(studio, customer)
    ended = {"start": utc_now() - timedelta(hours=3), "end": utc_now() - timedelta(hours=1)}
    await session.execute(text("UPDATE bookings SET starts_at = :start, ends_at = :end"), ended)
    assert (await studio.owner.delete(path(studio))).status_code == 204


async def test_a_suspended_studio_can_be_closed_down(world: World, session: AsyncSession) -> None:
    studio = await world.studio()
    await session.execute(text("UPDATE addresses SET status = 'suspended'"))
    assert (await studio.owner.delete(path(studio))).status_code == 204
    assert await events(session) == ["AddressPublished"]
