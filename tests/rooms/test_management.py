"""What an owner changes is written down, and a room that leaves the market keeps its bookings."""

from sqlalchemy import text

from src.teams.enums import TeamRole
from src.teams.models import TeamMember
from tests.factories.world import created, ok, problem, wish
from tests.support import pictures


async def entries(session, studio):
    """Actions and changes, oldest first."""
    found = await session.execute(
        text(
            "SELECT action, changes, actor_id FROM audit_entries"
            " WHERE company_id = :id AND (action LIKE 'room%' OR action LIKE 'price%') ORDER BY id"
        ),
        {"id": studio.company["id"]},
    )
    return found.all()


async def test_a_deleted_room_leaves_the_market_and_keeps_its_bookings(world):
    studio, customer = await world.studio(), await world.person()
    booking = await world.paid_booking(studio, customer)
    path = f"/rooms/{studio.room_id}"
    answer = await studio.owner.delete(path)
    assert (answer.status_code, answer.content) == (204, b"")
    problem(await customer.get(path), 404, "room_not_found")
    problem(await customer.post("/bookings", wish(studio, hour=16)), 404, "room_not_found")
    assert (await ok(customer.get(f"/bookings/{booking['id']}")))["status"] == "confirmed"
    assert (await ok(studio.owner.get(path)))["status"] == "inactive"
    assert (await ok(studio.owner.get(f"/addresses/{studio.address['id']}")))["missing"] == [
        "room_with_price"
    ]
    assert (await studio.owner.delete(path)).status_code == 204
    await ok(studio.owner.patch(path, {"status": "active"}))
    await ok(studio.owner.patch(f"/addresses/{studio.address['id']}", {"status": "published"}))
    problem(await customer.post("/bookings", wish(studio)), 409, "slot_taken")


async def test_strangers_delete_nothing(world):
    studio, stranger = await world.studio(), await world.person()
    problem(await stranger.delete(f"/rooms/{studio.room_id}"), 403, "permission_missing")
    assert await ok(studio.owner.get(f"/rooms/{studio.room_id}")) == studio.room


async def test_a_team_that_may_not_change_a_room_off_the_market_is_told_so(world, session):
    studio, member = await world.studio(), await world.person()
    session.add(TeamMember(company_id=studio.company["id"], user_id=member.id, role=TeamRole.STAFF))
    await session.commit()
    path = f"/rooms/{studio.room_id}"
    await studio.owner.delete(path)
    problem(await member.patch(path, {"name": "Mine"}), 403, "permission_missing")
    problem(await member.put(f"{path}/price-rules", {"price_rules": []}), 403, "permission_missing")
    body = wish(studio)
    del body["room_id"]
    await created(member.post(f"{path}/blocks", body))
    problem(await (await world.person()).patch(path, {"name": "Mine"}), 404, "room_not_found")


async def test_every_change_is_in_the_audit_trail(world, session):
    studio = await world.studio()
    other = await world.room(studio)
    owner, path = studio.owner, f"/rooms/{studio.room_id}"
    body = wish(studio)
    del body["room_id"]
    await ok(owner.patch(path, {"capacity": 8, "name": "Live Room A", "area_m2": 40}))
    await ok(owner.put(f"{path}/price-rules", {"price_rules": []}))
    await ok(owner.put(f"{path}/parts", {"part_ids": [other.room_id]}))
    block = await created(owner.post(f"{path}/blocks", body))
    await owner.delete(f"{path}/blocks/{block['id']}")
    files = {"file": pictures.jpeg((8, 8))}
    photo = await created(owner.client.post(f"/api/v1{path}/photos", headers=owner.headers, files=files))
    await ok(owner.patch(f"{path}/photos/order", {"photo_ids": [photo["id"]]}))
    await owner.delete(f"{path}/photos/{photo['id']}")
    await owner.delete(path)
    found = await entries(session, studio)
    assert [entry.action for entry in found[4:]] == [
        "room.updated", "price.rules_replaced", "room.parts_replaced", "room.blocked", "room.unblocked",
        "room.photo_added", "room.photos_ordered", "room.photo_removed", "room.deactivated",
    ]  # fmt: skip
    assert {entry.actor_id for entry in found} == {owner.id}
    assert [entry.action for entry in found[:4]] == ["room.created", "price.replaced"] * 2
    assert found[1].changes == {"prices": [[], studio.room["prices"]]}
    assert found[4].changes == {"capacity": [6, 8], "area_dm2": [None, 4000]}
    assert found[-1].changes == {"status": ["active", "inactive"]}


async def test_what_changes_nothing_is_not_written_down(world, session):
    studio = await world.studio()
    before = await entries(session, studio)
    await ok(studio.owner.patch(f"/rooms/{studio.room_id}", {"capacity": 6}))
    problem(
        await studio.owner.patch(f"/rooms/{studio.room_id}", {"slot_minutes": 90}), 422, "validation_failed"
    )
    assert await entries(session, studio) == before
