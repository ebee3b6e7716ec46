import pytest
from sqlalchemy import text

from src.core.identity import Role
from tests.factories.world import LONDON, NEW_YORK, OPEN_DAILY, SAO_PAULO, created, ok, problem

ROOM = {"name": "Live Room A", "capacity": 6, "slot_minutes": 60, "min_minutes": 60, "max_minutes": 720}
KATHMANDU = 1283240


@pytest.fixture
async def owner(world):
    return await world.person()


@pytest.fixture
async def company(owner):
    return await created(owner.post("/companies", {"name": "Soho Sound", "currency": "GBP"}))


def studio(company, **changes):
    return {
        "company_id": company["id"],
        "name": "Berwick Street",
        "street": "12 Berwick Street",
        "city_id": LONDON,
        "lat": 51.5136,
        "lng": -0.1365,
    } | changes


@pytest.fixture
async def draft(owner, company):
    return await created(owner.post("/addresses", studio(company)))


async def test_a_studio_opens_as_a_draft_that_lacks_hours_and_a_room(owner, company):
    address = await created(owner.post("/addresses", studio(company, description="Two live rooms.")))
    assert address["status"] == "draft"
    assert address["missing"] == ["operating_hours", "room_with_price"]
    assert address["operating_hours"] == []
    assert (address["lat"], address["lng"]) == (51.5136, -0.1365)
    assert address["description"] == "Two live rooms."
    assert address["slug"] == "berwick-street"


@pytest.mark.parametrize(
    ("city_id", "position", "timezone"),
    [
        (LONDON, (51.51, -0.13), "Europe/London"),
        (NEW_YORK, (40.68, -73.99), "America/New_York"),
        (SAO_PAULO, (-23.55, -46.69), "America/Sao_Paulo"),
        (KATHMANDU, (27.7, 85.3), "Asia/Kathmandu"),
    ],
)
async def test_its_time_zone_is_that_of_its_city(owner, company, city_id, position, timezone):
    place = {"city_id": city_id, "lat": position[0], "lng": position[1]}
    address = await created(owner.post("/addresses", studio(company, **place)))
    assert address["timezone"] == timezone


async def test_studios_of_one_name_have_slugs_of_their_own(owner, company):
    slugs = [(await created(owner.post("/addresses", studio(company))))["slug"] for _ in range(3)]
    assert slugs == ["berwick-street", "berwick-street-2", "berwick-street-3"]


async def test_an_unknown_city_is_refused(owner, company):
    problem(await owner.post("/addresses", studio(company, city_id=1)), 422, "unknown_city")


@pytest.mark.parametrize(
    "changes",
    [
        {"lat": 90.1},
        {"lng": -180.1},
        {"lat": "north"},
        {"lat": None},
        {"name": ""},
        {"name": "a\0b"},
        {"street": "x" * 201},
        {"city_id": 2**63},
        {"city_id": "2643743"},
        {"status": "published"},
        {"timezone": "UTC"},
        {"slug": "mine"},
    ],
    ids=ascii,
)
async def test_a_bad_field_is_refused(owner, company, changes):
    problem(await owner.post("/addresses", studio(company, **changes)), 422, "validation_failed")


async def test_a_latitude_that_is_no_number_is_refused(world, owner, company):
    body = (
        f'{{"company_id": {company["id"]}, "name": "x", "street": "x", "city_id": 1, "lat": NaN, "lng": 0}}'
    )
    headers = owner.headers | {"Content-Type": "application/json"}
    answer = await world.client.post("/api/v1/addresses", content=body, headers=headers)
    problem(answer, 422, "validation_failed")


async def test_only_the_companys_admins_open_studios_for_it(world, company):
    problem(await (await world.person()).post("/addresses", studio(company)), 403, "permission_missing")
    answer = await world.client.post("/api/v1/addresses", json=studio(company))
    problem(answer, 401, "not_authenticated")


async def test_a_studio_needs_a_company_that_exists(owner):
    answer = await owner.post("/addresses", studio({"id": 999_999_999}))
    problem(answer, 404, "company_not_found")


async def test_a_draft_is_there_for_its_company_alone(world, owner, draft):
    admin, stranger = await world.person(role=Role.ADMIN), await world.person()
    for name in (draft["id"], draft["slug"]):
        assert await ok(owner.get(f"/addresses/{name}")) == draft
        assert await ok(admin.get(f"/addresses/{name}")) == draft
        problem(await stranger.get(f"/addresses/{name}"), 404, "address_not_found")
        problem(await world.client.get(f"/api/v1/addresses/{name}"), 404, "address_not_found")


async def test_a_stranger_who_changes_a_draft_is_told_that_it_does_not_exist(world, draft):
    stranger = await world.person()
    path = f"/addresses/{draft['id']}"
    problem(await stranger.patch(path, {"name": "Mine"}), 404, "address_not_found")
    problem(await stranger.put(f"{path}/operating-hours", {"hours": []}), 404, "address_not_found")
    problem(await stranger.post("/rooms", ROOM | {"address_id": draft["id"]}), 404, "address_not_found")


async def test_a_stranger_sees_a_published_studio_but_changes_nothing(world):
    made = await world.studio()
    stranger, path = await world.person(), f"/addresses/{made.address['id']}"
    assert await ok(stranger.get(path)) == made.address
    assert (await world.client.get(f"/api/v1{path}")).json() == made.address
    problem(await stranger.patch(path, {"name": "Mine"}), 403, "permission_missing")
    problem(await stranger.put(f"{path}/operating-hours", {"hours": []}), 403, "permission_missing")
    problem(
        await stranger.post("/rooms", ROOM | {"address_id": made.address["id"]}), 403, "permission_missing"
    )
    assert await ok(stranger.get(path)) == made.address


@pytest.mark.parametrize("name", ["0", "999999999", "no-such-studio"])
async def test_an_unknown_studio_is_not_found(world, name):
    problem(await world.client.get(f"/api/v1/addresses/{name}"), 404, "address_not_found")


async def test_publishing_needs_hours_and_a_room_with_a_price(owner, draft):
    path = f"/addresses/{draft['id']}"
    publish = {"status": "published"}
    answer = problem(await owner.patch(path, publish), 409, "address_incomplete")
    assert answer["missing"] == ["operating_hours", "room_with_price"]

    await ok(owner.put(f"{path}/operating-hours", {"hours": OPEN_DAILY}))
    answer = problem(await owner.patch(path, publish), 409, "address_incomplete")
    assert answer["missing"] == ["room_with_price"]

    room = await created(owner.post("/rooms", ROOM | {"address_id": draft["id"]}))
    answer = problem(await owner.patch(path, publish), 409, "address_incomplete")
    assert answer["missing"] == ["room_with_price"]

    prices = {"prices": [{"duration_minutes": 60, "amount": 5000}]}
    await ok(owner.put(f"/rooms/{room['id']}/prices", prices))
    assert (await ok(owner.get(path)))["missing"] == []
    assert (await ok(owner.patch(path, publish)))["status"] == "published"


async def test_nothing_is_changed_when_publishing_is_refused(owner, draft):
    body = {"status": "published", "name": "New name"}
    problem(await owner.patch(f"/addresses/{draft['id']}", body), 409, "address_incomplete")
    assert await ok(owner.get(f"/addresses/{draft['id']}")) == draft


async def test_a_room_that_is_inactive_or_has_lost_its_price_does_not_count(world):
    made = await world.studio(is_published=False)
    path, room = f"/addresses/{made.address['id']}", f"/rooms/{made.room_id}"
    await ok(made.owner.patch(room, {"status": "inactive"}))
    assert (await ok(made.owner.get(path)))["missing"] == ["room_with_price"]
    await ok(made.owner.patch(room, {"status": "active"}))
    assert (await ok(made.owner.get(path)))["missing"] == []
    await ok(made.owner.put(f"{room}/prices", {"prices": []}))
    assert (await ok(made.owner.get(path)))["missing"] == ["room_with_price"]


async def test_hours_by_appointment_alone_do_not_publish(world):
    by_appointment = [{"weekday": day, "mode": "by_appointment"} for day in range(7)]
    made = await world.studio(hours=by_appointment, is_published=False)
    answer = await made.owner.patch(f"/addresses/{made.address['id']}", {"status": "published"})
    assert problem(answer, 409, "address_incomplete")["missing"] == ["operating_hours"]


async def test_a_published_studio_can_go_back_to_draft(world):
    made = await world.studio()
    path = f"/addresses/{made.address['id']}"
    assert (await ok(made.owner.patch(path, {"status": "draft"})))["status"] == "draft"
    problem(await world.client.get(f"/api/v1{path}"), 404, "address_not_found")


async def test_a_suspended_studio_is_not_put_back_on_the_market_by_its_owner(world, session):
    made = await world.studio()
    path = f"/addresses/{made.address['id']}"
    await session.execute(
        text("UPDATE addresses SET status = 'suspended' WHERE id = :id"), {"id": made.address["id"]}
    )
    for status in ("published", "draft"):
        problem(await made.owner.patch(path, {"status": status}), 403, "address_suspended")
    assert (await ok(made.owner.patch(path, {"name": "Brewer Street"})))["status"] == "suspended"
    admin = await world.person(role=Role.ADMIN)
    assert (await ok(admin.patch(path, {"status": "published"})))["status"] == "published"


async def test_a_change_touches_only_what_it_names(owner, draft):
    path = f"/addresses/{draft['id']}"
    changed = await ok(owner.patch(path, {"name": "  Wardour Street  ", "description": "Moved."}))
    assert changed == draft | {"name": "Wardour Street", "description": "Moved."}
    assert await ok(owner.patch(path, {})) == changed
    assert await ok(owner.get(path)) == changed


@pytest.mark.parametrize(
    "changes",
    [
        {"name": None},
        {"status": None},
        {"status": "suspended"},
        {"status": "open"},
        {"description": "a\0b"},
        {"company_id": 1},
        {"timezone": "UTC"},
        {"bookable_rooms": 5},
    ],
    ids=ascii,
)
async def test_a_bad_change_is_refused(owner, draft, changes):
    problem(await owner.patch(f"/addresses/{draft['id']}", changes), 422, "validation_failed")
    assert await ok(owner.get(f"/addresses/{draft['id']}")) == draft
