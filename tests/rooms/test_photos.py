"""Photos of a room: added, put in order, removed."""

import pytest
from sqlalchemy import text

from src import invariants
from src.core.uploads import StoredFile
from src.rooms.models import MOST_PHOTOS, RoomPhoto
from src.rooms.photos.schemas import PhotoRead
from tests.factories.world import created, ok, problem
from tests.rooms.examples import assert_is
from tests.support import pictures

PICTURE = pictures.jpeg((64, 48))


async def upload(person, studio, content=PICTURE):
    path = f"/api/v1/rooms/{studio.room_id}/photos"
    return await person.client.post(path, headers=person.headers, files={"file": content})


async def shown(studio):
    return [photo["id"] for photo in (await ok(studio.owner.get(f"/rooms/{studio.room_id}")))["photos"]]


async def with_photos(world, number):
    """As if that many had been uploaded; encoding each takes a while."""
    studio = await world.studio()
    async with world.database.transaction() as session:
        for position in range(number):
            key = f"rooms/{studio.room_id}/{position:032x}"
            session.add(StoredFile(key=key, files=["thumb.webp"]))
            session.add(RoomPhoto(room_id=studio.room_id, position=position, key=key))
    return studio, await shown(studio)


async def test_photos_are_shown_in_the_order_in_which_they_came(world, session):
    studio = await world.studio()
    photos = [await created(upload(studio.owner, studio)) for _ in range(2)]
    assert_is(PhotoRead, photos[0])
    room = (await world.client.get(f"/api/v1/rooms/{studio.room_id}")).json()
    assert room["photos"] == photos
    for size in ("thumb", "medium", "large"):
        answer = await world.client.get(photos[1][size])
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/webp")
    listed = await ok(studio.owner.get("/rooms", params={"address_id": studio.address["id"]}))
    assert listed["items"] == [room]
    assert await invariants.check(session) == {}


async def test_they_are_put_in_another_order(world, session):
    studio, ids = await with_photos(world, 4)
    path = f"/rooms/{studio.room_id}/photos/order"
    order = [ids[2], ids[0], ids[3], ids[1]]
    room = await ok(studio.owner.patch(path, {"photo_ids": order}))
    assert [photo["id"] for photo in room["photos"]] == order == await shown(studio)
    other, foreign = await with_photos(world, 1)
    for wrong in (ids[:3], [*ids, ids[0]], [*ids[:3], foreign[0]], [*ids, foreign[0]], []):
        problem(await studio.owner.patch(path, {"photo_ids": wrong}), 422, "photo_order_incomplete")
    problem(await studio.owner.patch(path, {"photo_ids": "all"}), 422, "validation_failed")
    assert await shown(studio) == order
    assert await shown(other) == foreign
    await session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))


async def test_a_removed_photo_leaves_no_gap_and_its_files_have_an_end(world, session):
    studio, ids = await with_photos(world, 3)
    path = f"/rooms/{studio.room_id}/photos"
    assert (await studio.owner.delete(f"{path}/{ids[0]}")).status_code == 204
    assert await shown(studio) == ids[1:]
    positions = await session.scalars(text("SELECT position FROM room_photos ORDER BY position"))
    assert positions.all() == [0, 1]
    unused = await session.scalars(text("SELECT key FROM stored_files WHERE delete_at IS NOT NULL"))
    assert unused.all() == [f"rooms/{studio.room_id}/{0:032x}"]
    problem(await studio.owner.delete(f"{path}/{ids[0]}"), 404, "photo_not_found")
    added = await created(upload(studio.owner, studio))
    assert await shown(studio) == [*ids[1:], added["id"]]
    await session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    assert await invariants.check(session) == {}


async def test_a_photo_of_another_room_is_out_of_reach(world):
    studio, ids = await with_photos(world, 1)
    mine = await world.studio()
    problem(await mine.owner.delete(f"/rooms/{mine.room_id}/photos/{ids[0]}"), 404, "photo_not_found")
    problem(await mine.owner.delete(f"/rooms/{studio.room_id}/photos/{ids[0]}"), 403, "permission_missing")
    assert await shown(studio) == ids


async def test_a_room_has_only_so_many(world, session):
    studio, ids = await with_photos(world, MOST_PHOTOS)
    problem(await upload(studio.owner, studio), 409, "too_many_photos")
    assert len(await shown(studio)) == MOST_PHOTOS
    assert (await session.scalar(text("SELECT count(*) FROM stored_files"))) == MOST_PHOTOS
    await studio.owner.delete(f"/rooms/{studio.room_id}/photos/{ids[0]}")
    await created(upload(studio.owner, studio))


async def test_search_shows_the_cover(world):
    """The first photo of each room, whichever that is at the moment."""
    studio, (first, second) = await with_photos(world, 2)
    bare = await world.room(studio)

    async def covers():
        query = {"city_id": studio.address["city_id"], "sort": "newest"}
        (found,) = (await ok(world.client.get("/api/v1/search", params=query)))["items"]
        return {room["id"]: room["cover"] for room in found["rooms"]}

    async def photos():
        return (await ok(studio.owner.get(f"/rooms/{studio.room_id}")))["photos"]

    assert await covers() == {studio.room_id: (await photos())[0], bare.room_id: None}
    await ok(studio.owner.patch(f"/rooms/{studio.room_id}/photos/order", {"photo_ids": [second, first]}))
    assert await covers() == {studio.room_id: (await photos())[0], bare.room_id: None}


@pytest.mark.parametrize("content", [pictures.SVG, pictures.HTML])
async def test_what_is_no_picture_is_refused(world, content):
    studio = await world.studio()
    problem(await upload(studio.owner, studio, content), 415, "unsupported_image")
    assert await shown(studio) == []


async def test_strangers_add_none(world, session):
    studio, stranger = await world.studio(), await world.person()
    problem(await upload(stranger, studio), 403, "permission_missing")
    draft = await world.studio(is_published=False)
    problem(await upload(stranger, draft), 404, "room_not_found")
    assert (await session.scalar(text("SELECT count(*) FROM stored_files"))) == 0
