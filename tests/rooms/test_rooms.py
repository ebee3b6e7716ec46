import pytest

from src.core.identity import Role
from tests.factories.world import LONDON, NEW_YORK, created, ok, problem, wish

FIELDS = {
    "name": "Live Room B",
    "capacity": 4,
    "slot_minutes": 30,
    "min_minutes": 60,
    "max_minutes": 480,
}


@pytest.fixture
async def studio(world):
    return await world.studio()


async def test_a_room_has_what_was_asked_for_and_defaults_for_the_rest(studio):
    room = await created(studio.owner.post("/rooms", FIELDS | {"address_id": studio.address["id"]}))
    assert room.pop("id") > studio.room_id
    assert room == FIELDS | {
        "address_id": studio.address["id"],
        "company_id": studio.company["id"],
        "description": "",
        "timezone": "Europe/London",
        "buffer_before_minutes": 0,
        "buffer_after_minutes": 0,
        "notice_minutes": 0,
        "horizon_days": 365,
        "cancellation_policy": "moderate",
        "cancellation_tiers": None,
        "currency": "GBP",
        "status": "active",
        "area_m2": None,
        "booking_mode": "instant",
        "prices": [],
        "price_rules": [],
        "part_ids": [],
        "photos": [],
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ""},
        {"name": "a\0b"},
        {"capacity": 0},
        {"capacity": 10_001},
        {"capacity": "6"},
        {"capacity": 6.5},
        {"capacity": True},
        {"area_m2": 0},
        {"area_m2": 42.55},
        {"area_m2": "42.5"},
        {"area_m2": 1e6},
        {"booking_mode": "never"},
        {"slot_minutes": 16, "min_minutes": 64, "max_minutes": 480},
        {"slot_minutes": 0},
        {"slot_minutes": 7},
        {"slot_minutes": 35, "min_minutes": 70, "max_minutes": 350},
        {"slot_minutes": 1441},
        {"min_minutes": 45},
        {"max_minutes": 100},
        {"min_minutes": 0},
        {"min_minutes": 240, "max_minutes": 120},
        {"max_minutes": 14 * 1440 + 30},
        {"buffer_before_minutes": -1},
        {"buffer_after_minutes": 1441},
        {"notice_minutes": 90 * 1440 + 1},
        {"horizon_days": 0},
        {"horizon_days": 10**30},
        {"cancellation_policy": "none"},
        {"status": "active"},
        {"resource_id": 1},
        {"prices": []},
    ],
    ids=ascii,
)
async def test_a_room_with_a_bad_field_is_refused(studio, changes):
    body = FIELDS | {"address_id": studio.address["id"]} | changes
    problem(await studio.owner.post("/rooms", body), 422, "validation_failed")


@pytest.mark.parametrize(
    "changes",
    [
        {"slot_minutes": 1440, "min_minutes": 1440, "max_minutes": 14 * 1440},
        {"slot_minutes": 5, "min_minutes": 5, "max_minutes": 5},
        {"buffer_before_minutes": 1440, "buffer_after_minutes": 1440, "notice_minutes": 90 * 1440},
        {"horizon_days": 3 * 365, "capacity": 10_000, "cancellation_policy": "strict"},
        {"area_m2": 42.5, "booking_mode": "on_request"},
        {"area_m2": 100_000.0},
    ],
    ids=ascii,
)
async def test_a_room_may_go_to_the_limits(studio, changes):
    room = await created(studio.owner.post("/rooms", FIELDS | {"address_id": studio.address["id"]} | changes))
    assert {field: room[field] for field in changes} == changes


async def test_a_room_needs_a_studio(studio):
    answer = await studio.owner.post("/rooms", FIELDS | {"address_id": 999_999_999})
    problem(answer, 404, "address_not_found")


async def test_a_change_touches_only_what_it_names(studio):
    path = f"/rooms/{studio.room_id}"
    changed = await ok(studio.owner.patch(path, {"capacity": 8, "buffer_after_minutes": 30}))
    assert changed == studio.room | {"capacity": 8, "buffer_after_minutes": 30}
    assert await ok(studio.owner.patch(path, {})) == changed
    small = await ok(studio.owner.patch(path, {"area_m2": 17.3, "booking_mode": "on_request"}))
    assert (small["area_m2"], small["booking_mode"]) == (17.3, "on_request")
    assert await ok(studio.owner.patch(path, {"area_m2": None, "booking_mode": "instant"})) == changed
    assert await ok(studio.owner.get(path)) == changed


async def test_a_room_takes_the_companys_policy_unless_it_has_its_own(studio):
    path = f"/rooms/{studio.room_id}"
    own = await ok(studio.owner.patch(path, {"cancellation_policy": "strict"}))
    assert own["cancellation_policy"] == "strict"
    of_company = await ok(studio.owner.patch(path, {"cancellation_policy": None}))
    assert of_company["cancellation_policy"] == "moderate"


@pytest.mark.parametrize(
    "changes",
    [
        {"capacity": None},
        {"name": None},
        {"status": "gone"},
        {"slot_minutes": 7},
        {"slot_minutes": 90},  # sixty minutes at least are no multiple
        {"min_minutes": 780},
        {"max_minutes": 30},
        {"address_id": 1},
        {"currency": "EUR"},
    ],
    ids=ascii,
)
async def test_a_change_that_does_not_fit_is_refused(studio, changes):
    path = f"/rooms/{studio.room_id}"
    answer = problem(await studio.owner.patch(path, changes), 422, "validation_failed")
    assert answer["errors"]
    assert await ok(studio.owner.get(path)) == studio.room


async def test_prices_are_replaced_and_read_by_duration(studio):
    path = f"/rooms/{studio.room_id}"
    tiers = [{"duration_minutes": 240, "amount": 16000}, {"duration_minutes": 60, "amount": 5000}]
    room = await ok(studio.owner.put(f"{path}/prices", {"prices": tiers}))
    assert room["prices"] == tiers[::-1]
    await ok(studio.owner.put(f"{path}/prices", {"prices": tiers[:1]}))
    assert (await ok(studio.owner.get(path)))["prices"] == tiers[:1]


@pytest.mark.parametrize(
    "prices",
    [
        [{"duration_minutes": 60, "amount": 0}],
        [{"duration_minutes": 60, "amount": -5000}],
        [{"duration_minutes": 60, "amount": 50.5}],
        [{"duration_minutes": 60, "amount": "5000"}],
        [{"duration_minutes": 60, "amount": 10**12 + 1}],
        [{"duration_minutes": 60, "amount": 10**400}],
        [{"duration_minutes": 0, "amount": 5000}],
        [{"duration_minutes": 60, "amount": 5000, "currency": "EUR"}],
        [{"duration_minutes": 60, "amount": 5000}, {"duration_minutes": 60, "amount": 4000}],
        [{"duration_minutes": 5 * n, "amount": 1} for n in range(1, 22)],
        None,
    ],
    ids=lambda prices: ascii(prices)[:60],
)
async def test_prices_that_make_no_sense_are_refused(studio, prices):
    path = f"/rooms/{studio.room_id}"
    problem(await studio.owner.put(f"{path}/prices", {"prices": prices}), 422, "validation_failed")
    assert await ok(studio.owner.get(path)) == studio.room


async def test_an_inactive_room_is_off_the_market(world, studio):
    path, customer = f"/rooms/{studio.room_id}", await world.person()
    other = (await world.room(studio)).room
    await ok(studio.owner.patch(path, {"status": "inactive"}))
    period = {"from": "2027-03-01", "to": "2027-03-02"}
    problem(await customer.post("/bookings", wish(studio)), 404, "room_not_found")
    problem(await customer.post("/bookings/quote", wish(studio)), 404, "room_not_found")
    problem(await customer.get(f"{path}/availability", params=period), 404, "room_not_found")
    problem(await customer.get(path), 404, "room_not_found")
    problem(await customer.patch(path, {"name": "Mine"}), 404, "room_not_found")
    problem(await customer.put(f"{path}/prices", {"prices": []}), 404, "room_not_found")
    listed = await ok(customer.get("/rooms", params={"address_id": studio.address["id"]}))
    assert listed["items"] == [other]
    assert (await ok(studio.owner.get(path)))["status"] == "inactive"
    await ok(studio.owner.patch(path, {"status": "active"}))
    await created(customer.post("/bookings", wish(studio)))


async def test_a_room_of_a_draft_is_there_for_its_company_alone(world):
    studio = await world.studio(is_published=False)
    path, stranger = f"/rooms/{studio.room_id}", await world.person()
    assert await ok(studio.owner.get(path)) == studio.room
    assert await ok((await world.person(role=Role.ADMIN)).get(path)) == studio.room
    problem(await stranger.get(path), 404, "room_not_found")
    problem(await world.client.get(f"/api/v1{path}"), 404, "room_not_found")
    problem(await stranger.patch(path, {"name": "Mine"}), 404, "room_not_found")
    problem(await stranger.put(f"{path}/prices", {"prices": []}), 404, "room_not_found")
    listed = await ok(stranger.get("/rooms", params={"address_id": studio.address["id"]}))
    assert listed["total"] == 0


async def test_a_stranger_sees_a_public_room_but_changes_nothing(world, studio):
    path, stranger = f"/rooms/{studio.room_id}", await world.person()
    assert (await world.client.get(f"/api/v1{path}")).json() == studio.room
    problem(await stranger.patch(path, {"name": "Mine"}), 403, "permission_missing")
    problem(await stranger.put(f"{path}/prices", {"prices": []}), 403, "permission_missing")
    answer = await world.client.patch(f"/api/v1{path}", json={"name": "Mine"})
    problem(answer, 401, "not_authenticated")
    assert await ok(stranger.get(path)) == studio.room


@pytest.mark.parametrize("room_id", ["0", "-1", "x", str(2**63), "1%00"])
async def test_what_is_no_id_is_refused(world, room_id):
    problem(await world.client.get(f"/api/v1/rooms/{room_id}"), 422, "validation_failed")


async def test_an_unknown_room_is_not_found(world):
    owner = await world.person()
    problem(await owner.get("/rooms/999999999"), 404, "room_not_found")
    problem(await owner.patch("/rooms/999999999", {}), 404, "room_not_found")
    problem(await owner.put("/rooms/999999999/prices", {"prices": []}), 404, "room_not_found")


async def test_rooms_are_listed_by_studio_and_city_in_pages(world, studio):
    more = [
        (await created(studio.owner.post("/rooms", FIELDS | {"address_id": studio.address["id"]})))["id"]
        for _ in range(2)
    ]
    elsewhere = await world.studio(city_id=NEW_YORK, currency="USD")
    path = "/api/v1/rooms"
    mine = {"address_id": studio.address["id"]}
    everything = (await world.client.get(path, params=mine)).json()
    assert [room["id"] for room in everything["items"]] == [studio.room_id, *more]
    assert (everything["total"], everything["page"], everything["size"]) == (3, 1, 20)
    second = (await world.client.get(path, params=mine | {"page": 2, "size": 2})).json()
    assert [room["id"] for room in second["items"]] == more[1:]
    assert (second["total"], second["page"], second["size"]) == (3, 2, 2)
    beyond = (await world.client.get(path, params=mine | {"page": 9})).json()
    assert (beyond["items"], beyond["total"]) == ([], 3)
    london = (await world.client.get(path, params={"city_id": LONDON, "size": 100})).json()
    new_york = (await world.client.get(path, params={"city_id": NEW_YORK})).json()
    assert elsewhere.room_id not in [room["id"] for room in london["items"]]
    assert [room["id"] for room in new_york["items"]] == [elsewhere.room_id]
    both = (await world.client.get(path, params=mine | {"city_id": NEW_YORK})).json()
    assert both["items"] == []


@pytest.mark.parametrize(
    "query",
    [{"page": 0}, {"size": 101}, {"size": 0}, {"city_id": 2**63}, {"address_id": "x"}, {"sort": "colour"}],
    ids=ascii,
)
async def test_a_list_that_makes_no_sense_is_refused(world, query):
    problem(await world.client.get("/api/v1/rooms", params=query), 422, "validation_failed")
