from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from src.addresses.equipment import service
from src.addresses.equipment.enums import PriceUnit
from src.addresses.equipment.exceptions import UnknownEquipmentError
from src.core.database import driver
from tests.factories.world import Studio, World, created, ok, problem

PIANO = {
    "type": "grand_piano",
    "name": "Yamaha C3",
    "description": "Tuned every month.",
    "is_included": False,
    "price_amount": 1500,
    "price_unit": "per_hour",
}
KIT = {"type": "drum_kit", "name": "Gretsch", "is_included": True}


@pytest.fixture
async def studio(world: World) -> Studio:
    return await world.studio()


def path(studio: Studio, item: Any = None) -> str:
    return f"/addresses/{studio.address['id']}/equipment" + (f"/{item['id']}" if item else "")


async def test_the_words_for_equipment_are_there_for_everybody(world: World) -> None:
    types = (await world.client.get("/api/v1/equipment-types")).json()
    assert len(types) >= 80
    assert {"slug": "grand_piano", "category": "keys", "name": "Grand piano"} in types
    assert len({entry["slug"] for entry in types}) == len(types)
    categories = {entry["category"] for entry in types}
    assert {"drums", "microphones", "recording", "podcast", "camera", "lighting", "set"} <= categories
    assert types == sorted(types, key=lambda entry: (entry["category"], entry["name"]))


async def test_a_piece_has_a_price_and_a_time_of_its_own(studio: Studio, session: AsyncSession) -> None:
    piano = await created(studio.owner.post(path(studio), PIANO))
    assert piano["price"] == {"amount": 1500, "currency": "GBP"}
    assert (piano["price_unit"], piano["status"], piano["is_included"]) == ("per_hour", "active", False)
    assert piano["description"] == PIANO["description"]
    other = await created(studio.owner.post(path(studio), PIANO))
    kinds = await session.scalars(
        text(
            "SELECT kind FROM resources JOIN address_equipment AS item ON item.resource_id = resources.id"
            " WHERE item.id = ANY(:ids)"
        ),
        {"ids": [piano["id"], other["id"]]},
    )
    assert kinds.all() == ["equipment", "equipment"]


async def test_what_is_included_costs_nothing(studio: Studio) -> None:
    kit = await created(studio.owner.post(path(studio), KIT))
    assert (kit["is_included"], kit["price"], kit["price_unit"]) == (True, None, None)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"price_amount": None}, "equipment_price"),
        ({"price_unit": None}, "equipment_price"),
        ({"is_included": True}, "equipment_price"),
        ({"type": "theremin"}, "unknown_equipment_type"),
        ({"price_amount": 0}, "validation_failed"),
        ({"price_amount": 12.5}, "validation_failed"),
        ({"price_amount": 10**13}, "validation_failed"),
        ({"price_unit": "per_day"}, "validation_failed"),
        ({"type": "Grand piano"}, "validation_failed"),
        ({"name": " "}, "validation_failed"),
        ({"resource_id": 1}, "validation_failed"),
        ({"address_id": 1}, "validation_failed"),
    ],
    ids=ascii,
)
async def test_what_makes_no_sense_is_refused_when_added_and_when_changed(
    studio: Studio, changes: dict[str, Any], code: str
) -> None:
    problem(await studio.owner.post(path(studio), PIANO | changes), 422, code)
    piano = await created(studio.owner.post(path(studio), PIANO))
    problem(await studio.owner.patch(path(studio, piano), changes), 422, code)
    assert (await ok(studio.owner.get(path(studio))))["items"] == [piano]


async def test_a_change_touches_only_what_it_names(studio: Studio) -> None:
    piano = await created(studio.owner.post(path(studio), PIANO))
    dearer = await ok(
        studio.owner.patch(path(studio, piano), {"price_amount": 2000, "price_unit": "per_booking"})
    )
    assert dearer == piano | {"price": {"amount": 2000, "currency": "GBP"}, "price_unit": "per_booking"}
    free = {"is_included": True, "price_amount": None, "price_unit": None}
    assert (await ok(studio.owner.patch(path(studio, piano), free)))["price"] is None


async def test_what_is_retired_is_gone_for_customers_and_can_come_back(world: World, studio: Studio) -> None:
    piano = await created(studio.owner.post(path(studio), PIANO))
    kit = await created(studio.owner.post(path(studio), KIT))
    customer = await world.person()
    assert (await ok(customer.get(path(studio))))["items"] == [piano, kit]
    for _ in range(2):
        assert (await studio.owner.delete(path(studio, piano))).status_code == 204
    assert (await ok(customer.get(path(studio))))["items"] == [kit]
    assert (await ok(studio.owner.get(path(studio))))["items"] == [kit, piano | {"status": "retired"}]
    assert await ok(studio.owner.patch(path(studio, piano), {"status": "active"})) == piano


async def test_the_list_can_be_narrowed_and_is_paged(world: World, studio: Studio) -> None:
    piano = await created(studio.owner.post(path(studio), PIANO))
    kit = await created(studio.owner.post(path(studio), KIT))

    async def listed(**query: Any) -> Any:
        return (await ok(world.people[0].get(path(studio), params=query)))["items"]

    assert await listed(type="drum_kit") == [kit]
    assert await listed(is_included=False) == [piano]
    assert await listed(type="drum_kit", is_included=False) == []
    assert await listed(size=1, page=2) == [kit]
    answer = await world.client.get(f"/api/v1{path(studio)}", params={"type": "Drum kit"})
    problem(answer, 422, "validation_failed")


async def test_equipment_of_another_studio_is_not_found_here(world: World, studio: Studio) -> None:
    other = await world.studio()
    foreign = await created(other.owner.post(path(other), PIANO))
    problem(await studio.owner.patch(path(studio, foreign), {"name": "Mine"}), 404, "equipment_not_found")
    problem(await studio.owner.delete(path(studio, foreign)), 404, "equipment_not_found")
    problem(await studio.owner.patch(path(other, foreign), {"name": "Mine"}), 403, "permission_missing")


async def test_a_booking_can_load_what_it_adds_by_one_statement(
    world: World, studio: Studio, session: AsyncSession
) -> None:
    piano = await created(studio.owner.post(path(studio), PIANO))
    kit = await created(studio.owner.post(path(studio), KIT))
    other = await world.studio()
    foreign = await created(other.owner.post(path(other), PIANO))
    connection, address_id = await driver(session), studio.address["id"]

    (rentable,) = await service.list_rentable(connection, address_id=address_id, equipment_ids=[piano["id"]])
    assert (rentable.id, rentable.name) == (piano["id"], "Yamaha C3")
    assert (rentable.price_amount, rentable.price_unit) == (1500, PriceUnit.PER_HOUR)
    assert rentable.resource_id == await session.scalar(
        text("SELECT resource_id FROM address_equipment WHERE id = :id"), {"id": piano["id"]}
    )
    assert await service.list_rentable(connection, address_id=address_id, equipment_ids=[]) == []
    for item in (kit, foreign, {"id": 2**60}):
        wanted = [piano["id"], item["id"]]
        with pytest.raises(UnknownEquipmentError) as refusal:
            await service.list_rentable(connection, address_id=address_id, equipment_ids=wanted)
        assert refusal.value.members == {"equipment_ids": [item["id"]]}
    await studio.owner.delete(path(studio, piano))
    with pytest.raises(UnknownEquipmentError):
        await service.list_rentable(connection, address_id=address_id, equipment_ids=[piano["id"]])


async def test_every_change_is_written_down(studio: Studio, session: AsyncSession) -> None:
    piano = await created(studio.owner.post(path(studio), PIANO))
    await ok(studio.owner.patch(path(studio, piano), {"price_amount": 2000}))
    await ok(studio.owner.patch(path(studio, piano), {"price_amount": 2000}))
    await studio.owner.delete(path(studio, piano))
    written = await session.execute(
        text("SELECT action, changes FROM audit_entries WHERE action LIKE 'equipment.%' ORDER BY id")
    )
    added, updated, retired = written.all()
    assert (added.action, added.changes["price_amount"]) == ("equipment.added", [None, 1500])
    assert (updated.action, updated.changes) == ("equipment.updated", {"price_amount": [1500, 2000]})
    assert (retired.action, retired.changes) == ("equipment.retired", {"status": ["active", "retired"]})
