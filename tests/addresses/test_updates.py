"""A studio's news and their photos."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from src import invariants
from tests.factories.world import NEW_YORK, Person, Studio, World, created, ok, problem
from tests.support import pictures

NEWS = {"title": "A new desk", "text": "The API 1608 has arrived; come and listen."}


@pytest.fixture
async def studio(world: World) -> Studio:
    return await world.studio()


def path(studio: Studio, update: Any = None, rest: str = "") -> str:
    return f"/addresses/{studio.address['id']}/updates" + (f"/{update['id']}{rest}" if update else "")


async def upload(person: Person, studio: Studio, update: Any, content: bytes) -> httpx.Response:
    return await person.client.post(
        f"/api/v1{path(studio, update, '/photos')}", headers=person.headers, files={"file": content}
    )


async def listed(person: Person, studio: Studio, **page: int) -> list[Any]:
    items: list[Any] = (await ok(person.get(path(studio), params=page)))["items"]
    return items


async def unused(session: AsyncSession) -> int:
    count = await session.scalar(text("SELECT count(*) FROM stored_files WHERE delete_at IS NOT NULL"))
    return int(count)


async def test_news_are_there_for_everybody_the_latest_first(world: World, studio: Studio) -> None:
    first = await created(studio.owner.post(path(studio), NEWS))
    assert datetime.now(UTC) - datetime.fromisoformat(first["published_at"]) < timedelta(minutes=1)
    assert first["photos"] == []
    old = await created(studio.owner.post(path(studio), NEWS | {"published_at": "2024-05-01T10:00:00+00:00"}))
    second = await created(studio.owner.post(path(studio), NEWS | {"title": "And a party"}))
    answer = (await world.client.get(f"/api/v1{path(studio)}")).json()
    assert (answer["items"], answer["total"]) == ([second, first, old], 3)
    assert await listed(await world.person(), studio, size=2, page=2) == [old]


async def test_news_to_come_are_the_teams_alone(world: World) -> None:
    studio, customer = await world.studio(city_id=NEW_YORK), await world.person()
    later = datetime.now(UTC).replace(microsecond=0, tzinfo=None) + timedelta(days=40)
    planned = await created(
        studio.owner.post(path(studio), NEWS | {"published_at": f"{later:%Y-%m-%d}T09:00"})
    )
    local = datetime.fromisoformat(planned["published_at"]).astimezone(UTC)
    assert local.hour in {13, 14}  # 09:00 in New York
    assert await listed(customer, studio) == []
    assert await listed(studio.owner, studio) == [planned]
    now = {"published_at": "2024-05-01T10:00:00+00:00"}
    shown = await ok(studio.owner.patch(path(studio, planned), now))
    assert await listed(customer, studio) == [shown] == [planned | now]


async def test_news_of_a_draft_are_not_there_for_others(world: World) -> None:
    studio = await world.studio(is_published=False)
    await created(studio.owner.post(path(studio), NEWS))
    problem(await (await world.person()).get(path(studio)), 404, "address_not_found")
    assert len(await listed(studio.owner, studio)) == 1


async def test_a_change_touches_only_what_it_names(studio: Studio, session: AsyncSession) -> None:
    news = await created(studio.owner.post(path(studio), NEWS))
    assert await ok(studio.owner.patch(path(studio, news), {"title": "Desk"})) == news | {"title": "Desk"}
    assert await ok(studio.owner.patch(path(studio, news), {})) == news | {"title": "Desk"}
    written = await session.execute(
        text("SELECT action, changes FROM audit_entries WHERE action LIKE 'update.%' ORDER BY id")
    )
    added, updated = written.all()
    assert (added.action, added.changes["title"]) == ("update.added", [None, "A new desk"])
    assert (updated.action, updated.changes) == ("update.updated", {"title": ["A new desk", "Desk"]})


@pytest.mark.parametrize(
    "changes",
    [
        {"title": ""},
        {"title": None},
        {"text": None},
        {"text": "x" * 5001},
        {"published_at": "soon"},
        {"published_at": "0001-01-01T00:00:00+14:00"},
        {"address_id": 1},
    ],
    ids=ascii,
)
async def test_news_that_make_no_sense(studio: Studio, changes: dict[str, Any]) -> None:
    problem(await studio.owner.post(path(studio), NEWS | changes), 422, "validation_failed")
    news = await created(studio.owner.post(path(studio), NEWS))
    problem(await studio.owner.patch(path(studio, news), changes), 422, "validation_failed")
    assert await listed(studio.owner, studio) == [news]


async def test_photos_have_an_order(world: World, studio: Studio, session: AsyncSession) -> None:
    news = await created(studio.owner.post(path(studio), NEWS))
    for _ in range(3):
        news = await created(upload(studio.owner, studio, news, pictures.jpeg((64, 48))))
    one, two, three = [photo["id"] for photo in news["photos"]]
    assert (await world.client.get(news["photos"][0]["photo"]["thumb"])).status_code == 200
    turned = await ok(studio.owner.patch(path(studio, news), {"photo_ids": [three, one, two]}))
    assert [photo["id"] for photo in turned["photos"]] == [three, one, two]
    assert await listed(await world.person(), studio) == [turned]

    gone = path(studio, news, f"/photos/{one}")
    assert (await studio.owner.delete(gone)).status_code == 204
    problem(await studio.owner.delete(gone), 404, "photo_not_found")
    longer = await created(upload(studio.owner, studio, news, pictures.jpeg((64, 48))))
    assert [photo["id"] for photo in longer["photos"]][:2] == [three, two]
    assert await unused(session) == 1
    assert await invariants.check(session) == {}


@pytest.mark.parametrize("wrong", [[], [0, 0], [0], [0, 1, 1], [0, 1, 2**52]], ids=str)
async def test_an_order_names_each_photo_once(studio: Studio, wrong: list[int]) -> None:
    news = await created(studio.owner.post(path(studio), NEWS))
    for _ in range(2):
        news = await created(upload(studio.owner, studio, news, pictures.jpeg((64, 48))))
    ids = [photo["id"] for photo in news["photos"]]
    order = [ids[number] if number < 2 else number for number in wrong]
    body = {"photo_ids": order, "title": "Other"}
    problem(await studio.owner.patch(path(studio, news), body), 422, "photo_order")
    assert await listed(studio.owner, studio) == [news]


async def test_ten_photos_are_enough(studio: Studio, session: AsyncSession) -> None:
    news = await created(studio.owner.post(path(studio), NEWS))
    await session.execute(
        text(
            "INSERT INTO address_update_photos (update_id, position, photo)"
            " SELECT :id, n, 'addresses/1/' || n FROM generate_series(1, 10) AS n"
        ),
        {"id": news["id"]},
    )
    problem(await upload(studio.owner, studio, news, pictures.jpeg((64, 48))), 409, "too_many_photos")
    assert await unused(session) == 1  # what was stored meanwhile has no owner, and an end


async def test_deleted_news_leave_no_files(studio: Studio, session: AsyncSession) -> None:
    news = await created(studio.owner.post(path(studio), NEWS))
    await created(upload(studio.owner, studio, news, pictures.jpeg((64, 48))))
    assert (await studio.owner.delete(path(studio, news))).status_code == 204
    problem(await studio.owner.delete(path(studio, news)), 404, "update_not_found")
    assert await listed(studio.owner, studio) == []
    assert await unused(session) == 1
    assert await session.scalar(text("SELECT count(*) FROM address_update_photos")) == 0


async def test_what_is_no_picture_is_refused(studio: Studio) -> None:
    news = await created(studio.owner.post(path(studio), NEWS))
    problem(await upload(studio.owner, studio, news, pictures.SVG), 415, "unsupported_image")
    problem(await upload(studio.owner, studio, {"id": 2**52}, pictures.jpeg()), 404, "update_not_found")


async def test_news_of_another_studio_are_not_found_here(world: World, studio: Studio) -> None:
    other = await world.studio()
    foreign = await created(other.owner.post(path(other), NEWS))
    problem(await studio.owner.patch(path(studio, foreign), {"title": "x"}), 404, "update_not_found")
    problem(await studio.owner.delete(path(studio, foreign)), 404, "update_not_found")
    problem(await upload(studio.owner, studio, foreign, pictures.jpeg()), 404, "update_not_found")
    problem(await upload(studio.owner, other, foreign, pictures.jpeg()), 403, "permission_missing")
    assert await listed(studio.owner, other) == [foreign]
