from pathlib import Path

import pytest
from fastapi import FastAPI

from src.core.config import Settings
from src.core.storage import LocalStorage
from tests.core.probe import Client

KEY = "rooms/7/3f9c.webp"


@pytest.fixture
def storage(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path / "media", "http://test/media/")


async def test_what_is_saved_is_loaded_again_and_replaced(storage: LocalStorage) -> None:
    await storage.save(KEY, b"one")
    assert await storage.load(KEY) == b"one"
    await storage.save(KEY, b"two")
    assert await storage.load(KEY) == b"two"


async def test_what_is_deleted_is_gone_and_may_be_deleted_again(storage: LocalStorage) -> None:
    await storage.save(KEY, b"one")
    for _ in range(2):
        await storage.delete(KEY)
    with pytest.raises(FileNotFoundError):
        await storage.load(KEY)


async def test_nothing_unfinished_is_left_beside_a_file(storage: LocalStorage, tmp_path: Path) -> None:
    await storage.save(KEY, b"one")
    assert [path.name for path in (tmp_path / "media").rglob("*") if path.is_file()] == ["3f9c.webp"]


@pytest.mark.parametrize(
    "key",
    [
        "", "/etc/passwd", "../secrets", "rooms/../../x", "rooms//x", "rooms/.hidden", ".env", "rooms/x/",
        "Rooms/X.webp", "rooms/x.tar.gz", "rooms\\x", "rooms/x\x00.webp", "rooms/x\n", "rooms/ü", "a b",
    ],
)  # fmt: skip
async def test_keys_that_are_not_ours_are_refused_by_every_method(storage: LocalStorage, key: str) -> None:
    for refused in (storage.save(key, b"x"), storage.load(key), storage.delete(key)):
        with pytest.raises(ValueError, match="not a storage key"):
            await refused


async def test_a_saved_file_is_read_under_its_address(
    app: FastAPI, client: Client, settings: Settings
) -> None:
    storage = LocalStorage(settings.media_directory, f"{settings.public_url}/media")
    await storage.save(KEY, b"RIFF")
    assert storage.url(KEY) == f"http://test/media/{KEY}"
    answer = await client.get(storage.url(KEY))
    assert (answer.status_code, answer.content) == (200, b"RIFF")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert (await client.get("/media/%2e%2e/mails")).status_code == 404
