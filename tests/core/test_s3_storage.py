"""The bucket, against a real S3 server."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import boto3
import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from src.core import storage as core_storage
from src.core.config import Settings
from src.core.database import Database
from src.core.storage import LocalStorage, S3Storage, StorageUnavailableError, storage_from
from src.main import create_app
from tests.core.probe import client_of
from tests.core.s3 import BUCKET, KEYS, s3_server, silent_server
from tests.factories.world import World, created
from tests.support import pictures

KEY = "users/7/3f9c/thumb.webp"


@pytest.fixture(scope="module")
def s3_url() -> Iterator[str]:
    with s3_server() as url:
        yield url


@pytest.fixture
def s3_settings(settings: Settings, s3_url: str) -> Settings:
    return settings.model_copy(
        update={
            "s3_bucket": BUCKET,
            "s3_endpoint_url": s3_url,
            "s3_access_key_id": KEYS["aws_access_key_id"],
            "s3_secret_access_key": SecretStr(KEYS["aws_secret_access_key"]),
        }
    )


@pytest.fixture
def bucket(s3_settings: Settings) -> S3Storage:
    storage = storage_from(s3_settings)
    assert isinstance(storage, S3Storage)
    return storage


@pytest.fixture
def s3_api(s3_url: str) -> Any:
    return boto3.session.Session().client("s3", endpoint_url=s3_url, region_name="us-east-1", **KEYS)


@pytest.fixture
async def s3_app(s3_settings: Settings, database: Database) -> AsyncIterator[FastAPI]:
    app = create_app(s3_settings)
    app.state.database = database
    yield app
    await app.state.limiter.close()


def test_files_live_in_a_folder_until_a_bucket_is_named(settings: Settings) -> None:
    assert isinstance(storage_from(settings), LocalStorage)


async def test_what_is_saved_is_loaded_deleted_and_gone(bucket: S3Storage) -> None:
    await bucket.save(KEY, b"one")
    assert await bucket.load(KEY) == b"one"
    for _ in range(2):
        await bucket.delete(KEY)
    with pytest.raises(FileNotFoundError):
        await bucket.load(KEY)


async def test_an_object_says_what_it_is_and_belongs_to_nobody_else(bucket: S3Storage, s3_api: Any) -> None:
    await bucket.save(KEY, b"one")
    head = s3_api.head_object(Bucket=BUCKET, Key=KEY)
    assert head["ContentType"] == "image/webp"
    assert head["CacheControl"] == "public, max-age=31536000, immutable"
    grants = s3_api.get_object_acl(Bucket=BUCKET, Key=KEY)["Grants"]
    assert all("URI" not in grant["Grantee"] for grant in grants)


@pytest.mark.parametrize("key", ["", "../x", "users//x", "Users/x", "users/x\n"])
async def test_keys_that_are_not_ours_are_refused(bucket: S3Storage, key: str) -> None:
    for refused in (bucket.save(key, b"x"), bucket.load(key), bucket.delete(key)):
        with pytest.raises(ValueError, match="not a storage key"):
            await refused
    with pytest.raises(ValueError, match="not a storage key"):
        bucket.presigned_url(key)


async def test_a_presigned_address_reads_the_file_and_stays_the_same_for_a_while(
    bucket: S3Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bucket.save(KEY, b"one")
    address = bucket.presigned_url(KEY)
    assert "X-Amz-Signature=" in address
    assert "X-Amz-Expires=7200" in address
    async with httpx.AsyncClient() as browser:
        answer = await browser.get(address)
    assert (answer.content, answer.headers["content-type"]) == (b"one", "image/webp")
    assert bucket.presigned_url(KEY) is address
    later = time.time() + core_storage.PRESIGNED_ANEW_SECONDS
    monkeypatch.setattr(time, "time", lambda: later)
    assert bucket.presigned_url(KEY) is not address


async def test_a_public_bucket_is_read_where_it_is(s3_settings: Settings, settings: Settings) -> None:
    public = s3_settings.model_copy(update={"s3_public_url": "https://cdn.downbeat.example/"})
    assert storage_from(public).url(KEY) == f"https://cdn.downbeat.example/{KEY}"
    app = create_app(public)
    async with client_of(app) as client:
        assert (await client.get(f"/media/{KEY}")).status_code == 404
    await app.state.limiter.close()


async def test_an_uploaded_photo_is_read_through_our_address_from_the_private_bucket(
    s3_app: FastAPI, database: Database, s3_settings: Settings, s3_api: Any
) -> None:
    async with client_of(s3_app) as client:
        person = await World(client=client, database=database, settings=s3_settings).person()
        me = await created(
            client.post(
                "/api/v1/users/me/photo", headers=person.headers, files={"file": pictures.jpeg_with_place()}
            )
        )
        assert me["photo"]["thumb"].startswith(f"http://test/media/users/{person.id}/")
        leads = await client.get(me["photo"]["thumb"])
        assert leads.status_code == 302
        assert leads.headers["cache-control"] == "private, max-age=1800"
        async with httpx.AsyncClient() as browser:
            answer = await browser.get(leads.headers["location"])
        assert answer.headers["content-type"] == "image/webp"
        assert answer.content[8:12] == b"WEBP"
        assert (await client.get("/media/%2e%2e/secret")).status_code == 404
        assert (await client.get(f"/media/private/{KEY}")).status_code == 404
        assert (await client.post(me["photo"]["thumb"])).status_code == 405
    objects = s3_api.list_objects_v2(Bucket=BUCKET, Prefix=f"users/{person.id}/")["Contents"]
    assert sorted(item["Key"].rsplit("/", 1)[1] for item in objects) == [
        "large.webp",
        "medium.webp",
        "thumb.webp",
    ]


async def test_a_store_that_hangs_is_given_up_and_holds_nobody_up(
    s3_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(core_storage, "S3_TIMEOUT_SECONDS", 0.2)
    with silent_server() as url:
        hanging = storage_from(s3_settings.model_copy(update={"s3_endpoint_url": url}))
        saving = [asyncio.create_task(hanging.save(KEY, b"one")) for _ in range(8)]
        await asyncio.sleep(0.05)
        # Log-ins hash in the loop's own threads, which the store has none of.
        await asyncio.to_thread(time.sleep, 0)
        assert not any(one.done() for one in saving)
        outcomes = await asyncio.gather(*saving, return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {StorageUnavailableError}


async def test_a_bucket_that_is_not_there_is_unavailable(s3_settings: Settings) -> None:
    nowhere = storage_from(s3_settings.model_copy(update={"s3_bucket": "nobodys-bucket"}))
    with pytest.raises(StorageUnavailableError):
        await nowhere.save(KEY, b"one")
