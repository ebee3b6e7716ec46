"""From the form to the files, and what becomes of those that nobody owns."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from io import BytesIO
from pathlib import Path
from statistics import median
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, UploadFile
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from src import invariants, worker
from src.core import images, uploads
from src.core.config import Settings
from src.core.database import Database
from src.core.errors import ProblemError
from src.core.storage import LocalStorage, StorageUnavailableError
from src.core.uploads import LARGEST_UPLOAD_BYTES, StoredFile
from tests.core.probe import Client
from tests.factories.world import Person, World, created, problem
from tests.support import pictures

PHOTO = "/api/v1/users/me/photo"


class Folder(LocalStorage):
    """A folder of a test's own; `fails` stands for a disk or a store that is away."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory, "http://test/media")
        self.directory = directory
        self.fails = False

    async def save(self, key: str, content: bytes) -> None:
        if self.fails:
            raise StorageUnavailableError
        await super().save(key, content)

    async def delete(self, key: str) -> None:
        if self.fails:
            raise StorageUnavailableError
        await super().delete(key)

    def keys(self) -> set[str]:
        """Those of which any file is there."""
        return {str(path.parent.relative_to(self.directory)) for path in self.directory.rglob("*.webp")}


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "media")


@pytest.fixture(autouse=True)
def stored_in_folder(shared_app: FastAPI, folder: Folder) -> Iterator[None]:
    usual = shared_app.state.storage
    shared_app.state.storage = folder
    yield
    shared_app.state.storage = usual


@pytest.fixture
async def me(world: World, client: Client) -> Person:
    return await world.person()


async def upload(person: Person, content: bytes, name: str = "portrait.jpg") -> httpx.Response:
    return await person.client.post(PHOTO, headers=person.headers, files={"file": (name, content)})


def key_of(answer: dict[str, Any]) -> str:
    address: str = answer["photo"]["thumb"]
    return address.removeprefix("http://test/media/").removesuffix("/thumb.webp")


async def make_due(database: Database) -> None:
    """As if an hour had passed."""
    async with database.transaction() as session:
        await session.execute(text("UPDATE stored_files SET delete_at = delete_at - interval '61 minutes'"))


async def test_what_counts_is_what_a_file_is_and_not_what_it_is_called(me: Person) -> None:
    form = {"file": ("../../etc/passwd.html", pictures.jpeg(), "text/html")}
    answer = await created(me.client.post(PHOTO, headers=me.headers, files=form))
    assert key_of(answer).startswith(f"users/{me.id}/")
    assert "passwd" not in str(answer)
    disguised = {"file": ("portrait.jpg", pictures.HTML, "image/jpeg")}
    problem(await me.client.post(PHOTO, headers=me.headers, files=disguised), 415, "unsupported_image")


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (pictures.SVG, 415, "unsupported_image"),
        (pictures.png_bomb(), 422, "image_too_large"),
        (pictures.jpeg()[:4000], 422, "image_damaged"),
        (b"", 415, "unsupported_image"),
    ],
)
async def test_refusals_say_which(
    me: Person, folder: Folder, session: AsyncSession, content: bytes, status: int, code: str
) -> None:
    problem(await upload(me, content), status, code)
    assert folder.keys() == set()
    assert (await session.scalars(select(StoredFile))).all() == []


@pytest.mark.parametrize(
    "sent", [{"json": {"file": "x"}}, {"data": {"file": "text"}}, {"data": {"other": "x"}}]
)
async def test_a_form_without_a_file_is_not_valid(me: Person, sent: dict[str, Any]) -> None:
    problem(await me.client.post(PHOTO, headers=me.headers, **sent), 422, "validation_failed")


def padded(size: int) -> bytes:
    """A picture with so many bytes behind it."""
    content = pictures.jpeg()
    return content + b"\0" * (size - len(content))


async def test_a_picture_may_be_larger_than_other_bodies_up_to_ten_megabytes(
    me: Person, settings: Settings
) -> None:
    assert settings.max_body_bytes < LARGEST_UPLOAD_BYTES
    await created(upload(me, padded(LARGEST_UPLOAD_BYTES)))
    problem(await upload(me, padded(LARGEST_UPLOAD_BYTES + 20_000)), 413, "content_too_large")
    large = {"bio": "x" * settings.max_body_bytes}
    problem(await me.patch("/users/me", large), 413, "content_too_large")


async def test_the_limit_counts_for_bodies_that_do_not_say_their_length(me: Person) -> None:
    taken = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'
        while taken < 4 * LARGEST_UPLOAD_BYTES:
            taken += 65_536
            yield b"\0" * 65_536

    headers = me.headers | {"Content-Type": "multipart/form-data; boundary=x"}
    answer = await me.client.post(PHOTO, headers=headers, content=endless())
    problem(answer, 413, "content_too_large")
    assert "content-length" not in answer.request.headers


async def test_a_file_is_served_so_that_nothing_in_it_runs(
    client: Client, settings: Settings, me: Person, app: FastAPI
) -> None:
    served = app.state.storage = LocalStorage(settings.media_directory, "http://test/media")
    me_now = await created(upload(me, pictures.jpeg()))
    for size, edge in images.SIZES.items():
        answer = await client.get(me_now["photo"][size])
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "image/webp"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
        assert f"{size}.webp" in images.FILES
        assert edge
    again = await client.get(
        me_now["photo"]["thumb"],
        headers={"If-None-Match": (await client.get(me_now["photo"]["thumb"])).headers["etag"]},
    )
    assert again.status_code == 304
    await served.save("users/1/page.html", pictures.HTML)
    page = await client.get("/media/users/1/page.html")
    assert page.headers["content-type"] == "application/octet-stream"
    (settings.media_directory / "users/1/.hidden.webp").write_bytes(b"x")
    for path in ("users/1/.hidden.webp", "users/1", "%2e%2e/mails", "users/1/.page.html.part"):
        assert (await client.get(f"/media/{path}")).status_code == 404


async def test_a_replaced_picture_is_deleted_an_hour_later_and_the_new_one_stays(
    me: Person, folder: Folder, database: Database, session: AsyncSession
) -> None:
    first = key_of(await created(upload(me, pictures.jpeg())))
    second = key_of(await created(upload(me, pictures.jpeg((100, 100)))))
    assert first != second
    assert await uploads.delete_unused(database, storage=folder) == 0
    assert folder.keys() == {first, second}
    await make_due(database)
    assert await uploads.delete_unused(database, storage=folder) == 1
    assert folder.keys() == {second}
    assert [row.key for row in await session.scalars(select(StoredFile))] == [second]
    assert await invariants.check(session) == {}


async def test_a_removed_picture_is_gone_from_answers_at_once_and_from_the_disk_later(
    me: Person, folder: Folder, database: Database, session: AsyncSession
) -> None:
    await created(upload(me, pictures.jpeg()))
    for _ in range(2):
        assert (await me.client.delete(PHOTO, headers=me.headers)).status_code == 204
    assert (await me.get("/users/me")).json()["photo"] is None
    await make_due(database)
    assert await uploads.delete_unused(database, storage=folder) == 1
    assert folder.keys() == set()


async def test_an_upload_whose_owner_never_came_is_deleted(
    me: Person, folder: Folder, database: Database, session: AsyncSession
) -> None:
    """The process died between the files and the owner."""
    file = UploadFile(BytesIO(pictures.jpeg()))
    key = await uploads.store_image(database, storage=folder, file=file, folder=f"users/{me.id}")
    assert folder.keys() == {key}
    assert await uploads.delete_unused(database, storage=folder) == 0
    await make_due(database)
    assert await uploads.delete_unused(database, storage=folder) == 1
    assert folder.keys() == set()


async def test_a_store_that_is_away_answers_503_and_what_it_kept_is_found_again(
    me: Person, folder: Folder, database: Database, session: AsyncSession
) -> None:
    folder.fails = True
    answer = await upload(me, pictures.jpeg())
    problem(answer, 503, "storage_unavailable")
    assert answer.headers["retry-after"]
    assert (await me.get("/users/me")).json()["photo"] is None
    # What was about to be saved is known, whether or not any of it has arrived.
    (row,) = (await session.scalars(select(StoredFile))).all()
    assert row.delete_at is not None
    await make_due(database)
    assert await uploads.delete_unused(database, storage=folder) == 0
    folder.fails = False
    assert await uploads.delete_unused(database, storage=folder) == 0  # leased for a while
    await make_due(database)
    assert await uploads.delete_unused(database, storage=folder) == 1


async def test_an_upload_that_took_too_long_is_not_attached_to_files_that_are_about_to_go(
    me: Person, folder: Folder, database: Database, session: AsyncSession
) -> None:
    file = UploadFile(BytesIO(pictures.jpeg()))
    key = await uploads.store_image(database, storage=folder, file=file, folder=f"users/{me.id}")
    await session.execute(text("UPDATE stored_files SET created_at = created_at - interval '31 minutes'"))
    with pytest.raises(StorageUnavailableError):
        await uploads.attach(session, key=key, replaces=None)


def test_beat_deletes_unused_files() -> None:
    entry = worker.app.conf.beat_schedule["core.delete_unused_files"]
    assert entry["schedule"] <= 3600


async def test_two_workers_share_the_work_and_neither_waits(
    committed: Database, tmp_path: Path, count: Callable[[str], Awaitable[int]]
) -> None:
    storage = Folder(tmp_path)
    async with committed.transaction() as session:
        await session.execute(
            text(
                "INSERT INTO stored_files (key, files, delete_at) SELECT 'users/' || n, '[\"thumb.webp\"]',"
                " clock_timestamp() - interval '1 second' FROM generate_series(1, 150) AS n"
            )
        )
        await session.execute(text("INSERT INTO stored_files (key, files) VALUES ('users/0', '[]')"))
    deleted = await asyncio.gather(*(uploads.delete_unused(committed, storage=storage) for _ in range(2)))
    assert sum(deleted) == 150
    assert await count("stored_files") == 1


async def test_parallel_uploads_leave_one_photo_and_no_file_without_a_row(
    committed_client: Client,
    committed_world: World,
    committed: Database,
    folder: Folder,
) -> None:
    person = await committed_world.person()
    answers = await asyncio.gather(*(upload(person, pictures.jpeg((200, 100 + n))) for n in range(8)))
    assert {answer.status_code for answer in answers} == {201}
    shown = key_of((await person.get("/users/me")).json())
    assert len(folder.keys()) == 8
    async with committed.transaction() as session:
        rows = {row.key: row.delete_at for row in await session.scalars(select(StoredFile))}
        assert rows.keys() == folder.keys()
        assert [key for key, delete_at in rows.items() if delete_at is None] == [shown]
        await session.execute(text("UPDATE stored_files SET delete_at = delete_at - interval '61 minutes'"))
    assert await uploads.delete_unused(committed, storage=folder) == 7
    assert folder.keys() == {shown}


async def test_others_are_answered_while_pictures_are_encoded(
    me: Person, client: Client, database: Database, folder: Folder
) -> None:
    """Four big pictures keep two threads busy; the event loop is free."""
    content = pictures.jpeg((3000, 2000))

    async def encode() -> str:
        file = UploadFile(BytesIO(content))
        try:
            return await uploads.store_image(_Nowhere(), storage=folder, file=file, folder="users/1")
        except ProblemError as error:
            return error.code

    busy = [asyncio.create_task(encode()) for _ in range(4)]
    waits, begun = [], time.perf_counter()
    while not all(task.done() for task in busy):
        started = time.perf_counter()
        assert (await client.get("/health")).status_code == 200
        waits.append(time.perf_counter() - started)
        await asyncio.sleep(0.005)
    print(f"/health while four pictures of 6 megapixels were encoded: {len(waits)} answers")
    # On the loop, each answer would wait for a whole picture; a single one may wait for a busy machine.
    assert len(waits) > 20
    assert median(waits) < (time.perf_counter() - begun) / 20


class _Nowhere(Database):
    """Ends the upload where the database would begin."""

    def __init__(self) -> None:
        pass

    def transaction(self) -> Any:
        raise StorageUnavailableError


async def test_a_request_that_is_run_again_reads_its_file_again(
    me: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts = 0
    attach = uploads.attach

    async def lose_once(session: AsyncSession, **arguments: Any) -> None:
        nonlocal attempts
        attempts += 1
        if attempts == 1:
            await session.execute(text("DO $$ BEGIN RAISE 'lost' USING ERRCODE = '40P01'; END $$"))
        await attach(session, **arguments)

    monkeypatch.setattr(uploads, "attach", lose_once)
    await created(upload(me, pictures.jpeg()))
    assert attempts == 2


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer forged"}])
async def test_a_stranger_is_turned_away_before_the_body_is_read(
    client: Client, headers: dict[str, str]
) -> None:
    read: list[bytes] = []

    async def body() -> AsyncIterator[bytes]:
        for _ in range(100):
            read.append(bytes(10_000))
            yield read[-1]

    form = {"Content-Type": "multipart/form-data; boundary=x", "Content-Length": "1000000"}
    answer = await client.post(PHOTO, headers=headers | form, content=body())
    assert answer.status_code == 401
    # httpx takes one piece before it asks the application.
    assert len(read) <= 1


async def test_uploads_are_limited_per_person(me: Person, world: World, app: FastAPI) -> None:
    usual = app.state.settings
    app.state.settings = usual.model_copy(update={"upload_limit_per_user": "2/hour"})
    picture = pictures.jpeg()
    try:
        for _ in range(2):
            assert (await upload(me, picture)).status_code == 201
        problem(await upload(me, picture), 429, "too_many_requests")
        assert (await upload(await world.person(), picture)).status_code == 201
    finally:
        app.state.settings = usual
