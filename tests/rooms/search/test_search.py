"""What is found, in which order, and what is never found."""

import pytest
from sqlalchemy import text

from src.rooms.search.schemas import RoomsFound, SearchResult, StudiosFound
from tests.factories.world import LONDON, NEW_YORK, SAO_PAULO, created, ok, problem
from tests.rooms.examples import assert_is

HERE = {"city_id": SAO_PAULO}


def found(document):
    return [item["id"] for item in document["items"]]


async def make(world, name="Vila Som", room="Sala 1", lat=-23.55, lng=-46.63, **options):
    """A studio in São Paulo by its name and place."""
    studio = await world.studio(**{"city_id": SAO_PAULO, "currency": "BRL", "name": room} | options)
    await move(world, studio, name=name, latitude=lat, longitude=lng)
    return studio


async def move(world, studio, **values):
    columns = ", ".join(f"{column} = :{column}" for column in values)
    async with world.database.transaction() as session:
        await session.execute(
            text(f"UPDATE addresses SET {columns} WHERE id = :id"), {**values, "id": studio.address["id"]}
        )


async def give(world, studio, *, equipment=(), badges=()):
    values = {"studio": studio.address["id"]}
    async with world.database.transaction() as session:
        for slug in equipment:
            await session.execute(text(GIVE_EQUIPMENT), values | {"slug": slug})
        for slug in badges:
            await session.execute(
                text("INSERT INTO address_badges VALUES (:studio, :slug)"), values | {"slug": slug}
            )


GIVE_EQUIPMENT = """
WITH resource AS (INSERT INTO resources (kind) VALUES ('equipment') RETURNING id)
INSERT INTO address_equipment (address_id, type_slug, resource_id, name, is_included)
SELECT :studio, :slug, id, :slug, true FROM resource
"""


async def test_documents_are_what_the_documentation_says(world, search):
    studio = await make(world)
    await created(
        studio.owner.post(
            "/rooms",
            {
                "address_id": studio.address["id"], "name": "No price", "capacity": 2,
                "slot_minutes": 60, "min_minutes": 60, "max_minutes": 60,
            },
        )
    )  # fmt: skip
    assert_is(SearchResult, await search(**HERE, near="-23.5,-46.6"))
    assert_is(SearchResult, await search(**HERE, facets="false"))
    assert_is(RoomsFound, await search("/rooms", **HERE))
    assert_is(StudiosFound, await search("/addresses", **HERE))
    assert_is(StudiosFound, await search("/addresses", city_id=1))
    assert_is(SearchResult, await search(city_id=1))


async def test_a_studio_comes_with_its_rooms_that_match(world, search):
    studio = await make(world, capacity=4)
    body = {"address_id": studio.address["id"], "name": "Big", "capacity": 40}
    big = await created(
        studio.owner.post("/rooms", body | {"slot_minutes": 30, "min_minutes": 30, "max_minutes": 60})
    )
    await ok(
        studio.owner.put(f"/rooms/{big['id']}/prices", {"prices": [{"duration_minutes": 30, "amount": 999}]})
    )
    (item,) = (await search(**HERE))["items"]
    assert [(room["id"], room["hourly_price"]) for room in item["rooms"]] == [
        (big["id"], {"amount": 1998, "currency": "BRL"}),
        (studio.room_id, {"amount": 5000, "currency": "BRL"}),
    ]
    assert item["city_name"] == "São Paulo"
    (item,) = (await search(**HERE, capacity=5))["items"]
    assert [room["id"] for room in item["rooms"]] == [big["id"]]
    (item,) = (await search("/addresses", **HERE))["items"]
    assert "rooms" not in item


@pytest.mark.parametrize(
    "q",
    [
        "vila som",
        "VILA",
        "vil",
        "sao paulo",
        "São Paulo sala",
        "paolo",
        "mada som",
        "madalena",
        "madalnea",
        "Ésta",
    ],
)
async def test_text_finds_names_without_accents_and_with_typos(world, room_ids, q):
    studio = await make(world, name="Vila Som Madalena", room="Está")
    await make(world, name="Kreuzberg Haus", room="Booth", city_id=LONDON)
    found = await room_ids(q=q)
    assert (studio.room_id in found) == (q != "São Paulo sala")


async def test_only_the_last_word_may_be_the_start_of_another_that_is_known(world, room_ids):
    som, sommer = await make(world, name="Som Norte"), await make(world, name="Sommer Norte")
    assert set(await room_ids(q="norte som")) == {som.room_id, sommer.room_id}
    assert await room_ids(q="som norte") == [som.room_id]


@pytest.mark.parametrize("q", ["kreuzberg", "vila kreuzberg", "!!!", "'", "a & b | !c:*", "\\"])
async def test_text_that_is_nowhere_finds_nothing(world, search, q):
    await make(world)
    assert found(await search(q=q)) == []
    assert found(await search("/addresses", q=q)) == []


async def test_a_name_counts_more_than_a_city(world, search):
    in_city = await make(world, name="Norte")
    by_name = await make(world, name="Paulo", city_id=LONDON)
    assert found(await search(q="paulo")) == [by_name.address["id"], in_city.address["id"]]


async def test_the_new_name_of_a_city_is_found_and_the_old_one_is_not(world, room_ids, session):
    studio = await make(world)
    assert await room_ids(q="sao paulo") == [studio.room_id]
    await session.execute(text("UPDATE cities SET name = 'Piratininga' WHERE id = :id"), {"id": SAO_PAULO})
    assert await room_ids(q="piratininga") == [studio.room_id]
    assert await room_ids(q="sao paulo") == []


async def test_places_are_found_by_circle_and_box(world, search, room_ids):
    near = await make(world, lat=-23.55, lng=-46.63)
    far = await make(world, lat=-23.55, lng=-46.73)
    result = await search("/addresses", near="-23.55,-46.64", radius_km=30)
    assert [(item["id"], item["distance_km"]) for item in result["items"]] == [
        (near.address["id"], 1.02),
        (far.address["id"], 9.17),
    ]
    assert await room_ids(near="-23.55,-46.64", radius_km=9) == [near.room_id]
    assert await room_ids(near="-23.55,-46.73", radius_km=30) == [far.room_id, near.room_id]
    assert await room_ids(bbox="-23.6,-46.7,-23.5,-46.6") == [near.room_id]
    assert await room_ids(bbox="-23.6,-46.7,-23.5,-46.6", city_id=LONDON) == []


async def test_across_the_antimeridian(world, room_ids):
    west, east = await make(world, lat=-17, lng=179.9), await make(world, lat=-17, lng=-179.9)
    assert set(await room_ids(bbox="-20,179,-10,-179")) == {west.room_id, east.room_id}
    assert await room_ids(near="-17,179.95", radius_km=30) == [west.room_id, east.room_id]


async def test_prices_are_compared_within_a_currency(world, room_ids):
    dear = await make(world, prices=[{"duration_minutes": 60, "amount": 9000}])
    cheap = await make(world, prices=[{"duration_minutes": 480, "amount": 24000}])
    dollars = await make(world, currency="USD", prices=[{"duration_minutes": 60, "amount": 4000}])
    assert await room_ids(**HERE) == [cheap.room_id, dear.room_id, dollars.room_id]
    assert await room_ids(**HERE, currency="USD") == [dollars.room_id]
    assert await room_ids(**HERE, currency="BRL", min_price=3001) == [dear.room_id]
    assert await room_ids(**HERE, currency="BRL", max_price=3000) == [cheap.room_id]
    assert await room_ids(**HERE, sort="newest") == [dollars.room_id, cheap.room_id, dear.room_id]


async def test_equipment_and_badges_have_to_be_there_all(world, search, room_ids):
    studio = await make(world)
    await make(world)
    await give(world, studio, equipment=["grand_piano", "drum_kit"], badges=["verified"])
    assert await room_ids(**HERE, equipment=["drum_kit", "grand_piano"], badges="verified") == [
        studio.room_id
    ]
    assert await room_ids(**HERE, equipment=["drum_kit", "cymbals"]) == []
    assert found(await search("/addresses", **HERE, badges="verified")) == [studio.address["id"]]
    facets = (await search(**HERE))["facets"]
    assert facets["equipment"] == [{"slug": "drum_kit", "count": 1}, {"slug": "grand_piano", "count": 1}]
    assert facets["badges"] == [{"slug": "verified", "count": 1}]


async def test_facets_count_the_rooms_that_match(world, search):
    for amount, capacity in ((2500, 2), (4999, 4), (5000, 12)):
        await make(world, prices=[{"duration_minutes": 60, "amount": amount}], capacity=capacity)
    facets = (await search(**HERE))["facets"]
    assert facets["cities"] == [{"city_id": SAO_PAULO, "name": "São Paulo", "count": 3}]
    assert facets["capacity"] == [
        {"at_least": 1, "count": 1},
        {"at_least": 3, "count": 1},
        {"at_least": 9, "count": 1},
    ]
    assert facets["prices"] == [
        {"currency": "BRL", "at_least": 2000, "less_than": 5000, "count": 2},
        {"currency": "BRL", "at_least": 5000, "less_than": 10000, "count": 1},
    ]
    assert (await search(**HERE, facets="false"))["facets"] is None


async def test_pages(world, search):
    studios = [(await make(world)).address["id"] for _ in range(3)]
    for path in ("/search", "/addresses"):
        first = await search(path, **HERE, sort="newest", size=2)
        second = await search(path, **HERE, sort="newest", size=2, page=2)
        assert found(first) + found(second) == studios[::-1]
        assert (second["total"], second["total_is_capped"], second["page"], second["size"]) == (
            3,
            False,
            2,
            2,
        )


async def test_open_now_is_by_the_studios_clock(world, search, room_ids):
    await make(world, hours=[{"weekday": 0, "mode": "by_appointment"}, *ALMOST_NEVER])
    always = await make(world, hours=[{"weekday": day, "mode": "around_the_clock"} for day in range(7)])
    assert await room_ids(**HERE, open_now="true") == [always.room_id]
    items = (await search("/addresses", **HERE))["items"]
    assert [item["is_open_now"] for item in items] == [True, False]


# A minute of the week, so that a studio can be published; the test is wrong in that minute.
ALMOST_NEVER = [{"weekday": 3, "mode": "open", "opens": "04:44", "closes": "04:45"}]


async def test_what_is_off_the_market_is_not_found(world, search, room_ids):
    await make(world, is_published=False)
    studio = await make(world)
    assert await room_ids(**HERE) == [studio.room_id]
    await ok(studio.owner.patch(f"/rooms/{studio.room_id}", {"status": "inactive"}))
    assert await room_ids(**HERE) == []
    assert found(await search(**HERE)) == []
    await ok(studio.owner.patch(f"/rooms/{studio.room_id}", {"status": "active"}))
    await ok(studio.owner.patch(f"/addresses/{studio.address['id']}", {"status": "published"}))
    assert found(await search(**HERE)) == [studio.address["id"]]
    await ok(studio.owner.patch(f"/addresses/{studio.address['id']}", {"status": "draft"}))
    for path in ("/search", "/rooms", "/addresses"):
        assert found(await search(path, **HERE)) == []


async def test_changes_of_the_owner_show_at_once(world, room_ids):
    studio = await make(world)
    await ok(studio.owner.patch(f"/addresses/{studio.address['id']}", {"name": "Harmonia"}))
    assert await room_ids(q="harmonia") == [studio.room_id]
    await ok(studio.owner.patch(f"/rooms/{studio.room_id}", {"name": "Cobertura", "capacity": 33}))
    assert await room_ids(q="cobertura", capacity=33) == [studio.room_id]
    prices = {"prices": [{"duration_minutes": 120, "amount": 501}]}
    await ok(studio.owner.put(f"/rooms/{studio.room_id}/prices", prices))
    assert await room_ids(currency="BRL", min_price=251, max_price=251) == [studio.room_id]
    await move(world, studio, city_id=NEW_YORK)
    assert await room_ids(city_id=NEW_YORK) == [studio.room_id]


@pytest.mark.parametrize(
    "query",
    [
        {"near": "51"}, {"near": "x,y"}, {"near": "51,0", "radius_km": 201}, {"bbox": "1,2,3"}, {"radius_km": "nan"},
        {"sort": "distance"}, {"sort": "relevance"}, {"sort": "name"}, {"min_price": 5}, {"currency": "pounds"},
        {"free_from": "2027-03-01T10:00Z"}, {"duration": 60},
        {"free_from": "2027-03-01T10:00Z", "free_to": "2027-03-01T10:00Z"},
        {"free_from": "2027-03-01T10:00Z", "free_to": "2027-03-01T12:00"},
        {"free_from": "2027-03-01T10:00Z", "free_to": "2027-03-16T10:00Z"},
        {"free_from": "2027-03-01T10:00Z", "free_to": "2027-03-04T10:00Z", "duration": 60},
        {"free_from": "2027-03-01T10:00:30Z", "free_to": "2027-03-01T12:00Z"},
        {"equipment": "Grand Piano"}, {"city_id": 0}, {"q": "a\x00b"}, {"q": "a" * 101}, {"size": 101},
        {"page": 1001}, {"unknown": 1},
    ],
    ids=ascii,
)  # fmt: skip
@pytest.mark.parametrize("path", ["/search", "/rooms"])
async def test_what_makes_no_sense_is_refused(world, path, query):
    problem(await world.client.get(f"/api/v1{path}", params=query), 422, "validation_failed")


async def test_beyond_the_last_page_there_is_nothing(world, search):
    await make(world)
    assert found(await search(**HERE, page=1000, size=100)) == []
