"""Uploads: a picture, or a PDF, becomes files in the storage that either get an owner or are deleted.

1. The picture is checked and encoded (`core.images`), in a thread, before any connection is taken.
2. A row in `stored_files` says what is about to be saved; it is committed.
3. The files are saved, outside of any transaction.
4. `attach` gives them to their owner, in the transaction that changes the owner.

Whatever ends between 2 and 4, and whatever is replaced later, is deleted an hour afterwards (docs/adr/0012).
"""

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Final

import structlog
from fastapi import File, UploadFile
from sqlalchemy import Index, String, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from src.core import images
from src.core.database import Database
from src.core.errors import ContentTooLargeError, ProblemError, ValidationFailedError
from src.core.limits import TooManyRequestsError
from src.core.models import Base, HasId
from src.core.storage import Storage, StorageUnavailableError

log = structlog.get_logger(__name__)

LARGEST_UPLOAD_BYTES: Final = 10 * 1024 * 1024
LONGEST_KEY: Final = 200

# An upload that takes longer than the first finds its files gone or about to be.
LONGEST_UPLOAD: Final = timedelta(minutes=30)
UNUSED_LIFETIME: Final = timedelta(hours=1)
DELETION_LEASE: Final = timedelta(minutes=5)
DELETION_BATCH: Final = 100

# For `max_body_size` of a route: the picture and what multipart puts around it. Such a route knows who sends it,
# and how often, before it reads the body (`core.http`).
LARGEST_BODY_BYTES: Final = LARGEST_UPLOAD_BYTES + 16 * 1024

# Decoded pictures are big and work for all cores: few at once, whatever number of people send some.
_slots = asyncio.Semaphore(2)

# `file` of an upload route, a multipart form.
ImageUpload = Annotated[
    UploadFile,
    File(description="A JPEG, PNG, WebP or GIF of at most 10 MB", examples=["portrait.jpg"]),
]

UPLOAD_ERRORS: tuple[type[ProblemError], ...] = (
    TooManyRequestsError,
    ContentTooLargeError,
    images.UnsupportedImageError,
    images.ImageTooLargeError,
    images.ImageDamagedError,
    ValidationFailedError,
    StorageUnavailableError,
)


class StoredFile(HasId, Base):
    """Files that were, or were about to be, saved as `<key>/<file>`. Those without an owner have an end."""

    __tablename__ = "stored_files"
    __table_args__ = (Index("ix_stored_files_unused", "delete_at", postgresql_where="delete_at IS NOT NULL"),)

    key: Mapped[str] = mapped_column(String(LONGEST_KEY), unique=True)
    files: Mapped[list[Any]]
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    delete_at: Mapped[datetime | None]


async def store_image(database: Database, *, storage: Storage, file: UploadFile, folder: str) -> str:
    """Saves the sizes of a picture under a new key in `folder` (`users/42`), to be attached within minutes.

    Call it outside of a transaction. Raises the errors of `images.encode_sizes` and `StorageUnavailableError`.
    """
    async with _slots:
        encoded = await asyncio.to_thread(images.encode_sizes, await read(file))
    return await store(database, storage=storage, files=encoded, folder=folder)


async def read(file: UploadFile) -> bytes:
    await file.seek(0)  # a request that is run again has read it before
    return await file.read()


async def store(database: Database, *, storage: Storage, files: Mapping[str, bytes], folder: str) -> str:
    """Saves files that are safe as they are, by their names, under a new key. Raises `StorageUnavailableError`."""
    key = f"{folder}/{secrets.token_hex(16)}"
    async with database.transaction() as session:
        session.add(StoredFile(key=key, files=list(files), delete_at=_end_of_unused()))
    await asyncio.gather(*(storage.save(f"{key}/{name}", content) for name, content in files.items()))
    return key


async def attach(session: AsyncSession, *, key: str, replaces: str | None) -> None:
    """The files have an owner with this transaction; those that the owner had before have none any more.

    The owner's row has to be locked. Raises `StorageUnavailableError` for an upload that has taken too long.
    """
    attached = (
        update(StoredFile)
        .where(StoredFile.key == key, StoredFile.created_at > func.clock_timestamp() - LONGEST_UPLOAD)
        .values(delete_at=None)
        .returning(StoredFile.id)
    )
    if await session.scalar(attached) is None:
        raise StorageUnavailableError
    await detach(session, key=replaces)


async def detach(session: AsyncSession, *, key: str | None) -> None:
    """Nobody owns the files any more; they stay for an hour, for pages that still show them."""
    if key is not None:
        await session.execute(
            update(StoredFile).where(StoredFile.key == key).values(delete_at=_end_of_unused())
        )


async def delete_unused(database: Database, *, storage: Storage) -> int:
    """Deletes a batch of files that have been without an owner for an hour; returns how many keys.

    They are leased, committed, deleted from the storage, and only then forgotten: a worker that dies in between
    leaves them to the next.
    """
    async with database.transaction() as session:
        unused = await _lease_unused(session)
    deleted = 0
    for stored in unused:
        try:
            await asyncio.gather(*(storage.delete(f"{stored.key}/{name}") for name in stored.files))
        except StorageUnavailableError:
            log.warning("unused_file_not_deleted", key=stored.key)
            continue
        async with database.transaction() as session:
            await session.execute(delete(StoredFile).where(StoredFile.id == stored.id))
        deleted += 1
    return deleted


async def _lease_unused(session: AsyncSession) -> Sequence[StoredFile]:
    due = (
        select(StoredFile.id)
        .where(StoredFile.delete_at <= func.clock_timestamp())
        .order_by(StoredFile.delete_at)
        .limit(DELETION_BATCH)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    leased = (
        update(StoredFile)
        .where(StoredFile.id.in_(due))
        .values(delete_at=func.clock_timestamp() + DELETION_LEASE)
    )
    return (await session.scalars(leased.returning(StoredFile))).all()


def _end_of_unused() -> Any:
    return func.clock_timestamp() + UNUSED_LIFETIME
