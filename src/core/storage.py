"""Where uploaded files live. Keys are ours (`rooms/7/3f…/thumb.webp`), never a name that a user sent."""

import asyncio
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial
from http import HTTPStatus
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Final, Protocol, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from fastapi import Depends, Request

from src.core.config import Settings
from src.core.errors import UnavailableError

KEY = re.compile(r"[a-z0-9][a-z0-9_\-]*(/[a-z0-9][a-z0-9_\-]*)*(\.[a-z0-9]+)?")

MEDIA_PATH: Final = "/media"
# Keys that begin so are for those whom a route of their domain lets pass: `/media` knows none of them. The policy of
# a bucket that is shown by itself has to leave them out.
PRIVATE: Final = "private/"
# A key is never written twice: whoever has read a file needs not ask again.
CACHE_FOREVER: Final = "public, max-age=31536000, immutable"
_CONTENT_TYPES: Final = {".webp": "image/webp", ".pdf": "application/pdf"}

S3_TIMEOUT_SECONDS: Final = 5
S3_THREADS: Final = 8
# A presigned address stays the same for half an hour, so that browsers find it in their caches.
PRESIGNED_SECONDS: Final = 7_200
PRESIGNED_ANEW_SECONDS: Final = 1_800
PRESIGNED_REMEMBERED: Final = 10_000

T = TypeVar("T")


class StorageUnavailableError(UnavailableError):
    code = "storage_unavailable"
    detail = "The store of files does not answer; try again in a moment."


class Storage(Protocol):
    async def save(self, key: str, content: bytes) -> None: ...

    async def load(self, key: str) -> bytes:
        """Raises `FileNotFoundError`."""
        ...

    async def delete(self, key: str) -> None:
        """Does nothing when the key is gone already."""
        ...

    def url(self, key: str) -> str:
        """The address under which a client reads the file. It never changes, so lists may be cached with it."""
        ...


def content_type_of(key: str) -> str:
    """Of what we write ourselves; anything else is to be saved by a browser, not shown."""
    return _CONTENT_TYPES.get(PurePosixPath(key).suffix, "application/octet-stream")


def is_public(key: str) -> bool:
    return KEY.fullmatch(key) is not None and not key.startswith(PRIVATE)


def checked(key: str) -> str:
    if not KEY.fullmatch(key):
        raise ValueError(f"not a storage key: {key!r}")
    return key


class LocalStorage:
    """A folder, served under `/media`."""

    def __init__(self, directory: Path, base_url: str) -> None:
        self._directory = directory
        self._base_url = base_url.rstrip("/")

    async def save(self, key: str, content: bytes) -> None:
        await asyncio.to_thread(_write, self._path(key), content)

    async def load(self, key: str) -> bytes:
        return await asyncio.to_thread(self._path(key).read_bytes)

    async def delete(self, key: str) -> None:
        await asyncio.to_thread(self._path(key).unlink, missing_ok=True)

    def url(self, key: str) -> str:
        return f"{self._base_url}/{key}"

    def _path(self, key: str) -> Path:
        return self._directory / checked(key)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.part")
    unfinished.write_bytes(content)
    unfinished.replace(path)


class S3Storage:
    """A bucket. Private unless it has a public address: `/media/…` then leads to presigned addresses.

    boto3 blocks. It runs in threads of its own, so that a store that hangs takes none from log-ins.
    """

    def __init__(self, client: Any, *, bucket: str, base_url: str) -> None:
        self._client = client
        self._bucket = bucket
        self._base_url = base_url.rstrip("/")
        self._threads = ThreadPoolExecutor(S3_THREADS, thread_name_prefix="s3")
        self._presigned = lru_cache(PRESIGNED_REMEMBERED)(self._presign)

    async def save(self, key: str, content: bytes) -> None:
        await self._call(
            self._client.put_object,
            Key=checked(key),
            Body=content,
            ContentType=content_type_of(key),
            CacheControl=CACHE_FOREVER,
        )

    async def load(self, key: str) -> bytes:
        return await self._run(lambda: self._read(checked(key)))

    async def delete(self, key: str) -> None:
        await self._call(self._client.delete_object, Key=checked(key))

    def url(self, key: str) -> str:
        return f"{self._base_url}/{key}"

    def presigned_url(self, key: str) -> str:
        """Reads the file for at least an hour and a half. Made without asking the store."""
        return self._presigned(checked(key), int(time.time() // PRESIGNED_ANEW_SECONDS))

    def _presign(self, key: str, _period: int) -> str:
        address: str = self._client.generate_presigned_url(
            "get_object", Params={"Bucket": self._bucket, "Key": key}, ExpiresIn=PRESIGNED_SECONDS
        )
        return address

    def _read(self, key: str) -> bytes:
        try:
            content: bytes = self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == HTTPStatus.NOT_FOUND:
                raise FileNotFoundError(key) from error
            raise
        return content

    async def _call(self, operation: Callable[..., object], **arguments: object) -> None:
        await self._run(partial(operation, Bucket=self._bucket, **arguments))

    async def _run(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        except (BotoCoreError, ClientError) as error:
            raise StorageUnavailableError from error


def storage_from(settings: Settings) -> LocalStorage | S3Storage:
    """S3 when a bucket is named, else a folder. Asks nothing of the store yet."""
    media_url = settings.public_url.rstrip("/") + MEDIA_PATH
    if not settings.s3_bucket:
        return LocalStorage(settings.media_directory, media_url)
    client = boto3.session.Session().client(
        "s3",
        endpoint_url=settings.s3_endpoint_url or None,
        region_name=settings.s3_region,
        aws_access_key_id=settings.s3_access_key_id or None,
        aws_secret_access_key=settings.s3_secret_access_key.get_secret_value() or None,
        config=Config(
            signature_version="s3v4",
            connect_timeout=S3_TIMEOUT_SECONDS,
            read_timeout=S3_TIMEOUT_SECONDS,
            retries={"mode": "standard", "total_max_attempts": 2},
            max_pool_connections=S3_THREADS,
            # Other makers' servers seldom have a host name a bucket.
            s3={"addressing_style": "path" if settings.s3_endpoint_url else "virtual"},
        ),
    )
    return S3Storage(client, bucket=settings.s3_bucket, base_url=settings.s3_public_url or media_url)


async def _request_storage(request: Request) -> Storage:
    storage: Storage = request.app.state.storage
    return storage


StorageDep = Annotated[Storage, Depends(_request_storage)]
