from typing import Any

import pytest

from tests.factories.world import Person, Studio, World, ok, problem


async def mark(person: Person, studio: Studio, method: str = "PUT") -> Any:
    return await person.client.request(
        method, f"/api/v1/addresses/{studio.address['id']}/favorite", headers=person.headers
    )


async def favorites(person: Person, **page: int) -> list[int]:
    document = await ok(person.get("/users/me/favorites", params=page))
    return [item["id"] for item in document["items"]]


async def test_marked_unmarked_and_each_of_it_twice(world: World) -> None:
    person, studio = await world.person(), await world.studio()
    assert await favorites(person) == []
    for _ in range(2):
        assert (await mark(person, studio)).status_code == 204
        assert await favorites(person) == [studio.address["id"]]
    for _ in range(2):
        assert (await mark(person, studio, "DELETE")).status_code == 204
        assert await favorites(person) == []


async def test_the_list_says_what_a_card_shows(world: World) -> None:
    person, studio = await world.person(), await world.studio()
    await mark(person, studio)
    (item,) = (await ok(person.get("/users/me/favorites")))["items"]
    assert item.pop("favorited_at")
    assert item == {name: studio.address[name] for name in item}
    assert set(item) == {"id", "name", "slug", "street", "city_id", "lat", "lng", "timezone"}


async def test_the_latest_comes_first_and_pages_are_counted(world: World) -> None:
    person = await world.person()
    studios = [await world.studio() for _ in range(3)]
    for studio in studios:
        await mark(person, studio)
    ids = [studio.address["id"] for studio in reversed(studios)]
    assert await favorites(person) == ids
    assert await favorites(person, size=2, page=2) == ids[2:]
    assert (await ok(person.get("/users/me/favorites", params={"size": 1})))["total"] == 3


async def test_a_studio_off_the_market_is_missing_until_it_is_back(world: World) -> None:
    person, studio = await world.person(), await world.studio()
    await mark(person, studio)
    await mark(studio.owner, studio)
    address = f"/addresses/{studio.address['id']}"
    await ok(studio.owner.patch(address, {"status": "draft"}))
    assert await favorites(person) == []
    assert (await ok(person.get("/users/me/favorites")))["total"] == 0
    assert await favorites(studio.owner) == [studio.address["id"]]  # its own company still sees it
    assert (await mark(person, studio, "DELETE")).status_code == 204
    await mark(person, studio)
    await ok(studio.owner.patch(address, {"status": "published"}))
    assert await favorites(person) == []


async def test_what_one_cant_see_one_cant_mark(world: World) -> None:
    person, studio = await world.person(), await world.studio(is_published=False)
    problem(await mark(person, studio), 404, "address_not_found")
    assert (await mark(studio.owner, studio)).status_code == 204
    missing = await person.put("/addresses/9007199254740991/favorite", None)
    problem(missing, 404, "address_not_found")


async def test_favorites_are_ones_own(world: World) -> None:
    studio, one, other = await world.studio(), await world.person(), await world.person()
    await mark(one, studio)
    assert await favorites(other) == []
    await mark(other, studio, "DELETE")
    assert await favorites(one) == [studio.address["id"]]


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_a_path_that_is_no_id(world: World, method: str) -> None:
    person = await world.person()
    answer = await person.client.request(method, "/api/v1/addresses/x/favorite", headers=person.headers)
    problem(answer, 422, "validation_failed")
