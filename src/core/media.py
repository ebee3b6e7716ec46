"""What `/media` answers, and the addresses of pictures in answers."""

import os
from contextvars import ContextVar
from http import HTTPStatus
from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from src.core.schemas import ReadModel
from src.core.storage import (
    CACHE_FOREVER,
    MEDIA_PATH,
    PRESIGNED_ANEW_SECONDS,
    S3Storage,
    Storage,
    content_type_of,
    is_public,
)

# The storage of the application that answers the present request.
_storage: ContextVar[Storage] = ContextVar("storage")


class MediaAddressMiddleware:
    """Lets answers turn a stored key into addresses: Pydantic asks nobody else while it reads a row."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            _storage.set(scope["app"].state.storage)
        await self.app(scope, receive, send)


class ImageRead(ReadModel):
    """A picture in three sizes (WebP; longest edge 256, 1024 and 2048 pixels, never enlarged)."""

    thumb: str = Field(examples=["https://api.downbeat.example/media/users/42/9f2c/thumb.webp"])
    medium: str = Field(examples=["https://api.downbeat.example/media/users/42/9f2c/medium.webp"])
    large: str = Field(examples=["https://api.downbeat.example/media/users/42/9f2c/large.webp"])


def _addresses(value: Any) -> Any:
    return image_of(value) if isinstance(value, str) else value


def image_of(key: str) -> ImageRead:
    """The addresses of a stored picture, in answers to the present request."""
    url = _storage.get().url
    return ImageRead(**{size: url(f"{key}/{size}.webp") for size in ImageRead.model_fields})


def media_address() -> str:
    """The address below which every key is found, for documents that the database builds.

    Outside of a request nobody is shown a picture: there it is only the path.
    """
    storage = _storage.get(None)
    return storage.url("").rstrip("/") if storage else MEDIA_PATH


# A field of an answer that is the key of a picture (`core.uploads`) in the row.
Picture = Annotated[ImageRead | None, BeforeValidator(_addresses)]


class MediaFiles(StaticFiles):
    """The folder of `LocalStorage`. Nothing in it is ever run or shown as a page, whatever it holds."""

    def lookup_path(self, path: str) -> tuple[str, os.stat_result | None]:
        return super().lookup_path(path) if is_public(path) else ("", None)

    def file_response(self, full_path: Any, *args: Any, **options: Any) -> Response:
        response = super().file_response(full_path, *args, **options)
        make_safe(response.headers, content_type_of(str(full_path)))
        response.headers["Cache-Control"] = CACHE_FOREVER
        return response


def make_safe(headers: MutableHeaders, content_type: str) -> None:
    headers["Content-Type"] = content_type
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    headers["Cross-Origin-Resource-Policy"] = "cross-origin"  # the site shows them from its own address


class PresignedMedia:
    """`/media/…` of a private bucket: leads to an address of the bucket that works for a while.

    So the addresses in our answers stay the same for good, and no list has to sign any.
    """

    def __init__(self, storage: S3Storage) -> None:
        self._storage = storage

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        key = scope["path"].removeprefix(scope["root_path"]).removeprefix("/")
        if not is_public(key):
            raise HTTPException(HTTPStatus.NOT_FOUND)
        if scope["method"] not in {"GET", "HEAD"}:
            raise HTTPException(HTTPStatus.METHOD_NOT_ALLOWED)
        leads_to = RedirectResponse(
            self._storage.presigned_url(key),
            status_code=HTTPStatus.FOUND,
            headers={"Cache-Control": f"private, max-age={PRESIGNED_ANEW_SECONDS}"},
        )
        await leads_to(scope, receive, send)
