"""Pictures and PDFs: uploaded first, part of a message when it is sent, read by whoever reads the message."""

from collections.abc import Sequence
from typing import Final

from fastapi import UploadFile
from sqlalchemy.ext.asyncio import AsyncSession

from src.core import uploads
from src.core.database import Database
from src.core.identity import Principal
from src.core.images import UnsupportedImageError
from src.core.storage import PRIVATE, Storage, StorageUnavailableError
from src.messages.attachments import repository
from src.messages.attachments.exceptions import DocumentDamagedError, UnsupportedAttachmentError
from src.messages.attachments.links import AttachmentFile, AttachmentLinks
from src.messages.attachments.schemas import UploadRead
from src.messages.enums import AttachmentKind
from src.messages.exceptions import AttachmentNotFoundError, UnknownUploadError
from src.messages.models import MessageAttachment

# ISO 32000-1, 7.5.2 and 7.5.5. Readers also take a file whose head comes later; so do programs of another kind.
PDF_HEAD: Final = b"%PDF-"
PDF_END: Final = b"%%EOF"
# Where readers look for the end, which others write something behind.
PDF_TAIL_BYTES: Final = 1024


async def upload(
    database: Database, *, storage: Storage, principal: Principal, file: UploadFile
) -> UploadRead:
    """Call it outside of a transaction.

    Raises `UnsupportedAttachmentError`, `DocumentDamagedError`, `StorageUnavailableError` and what a picture can
    be refused for.
    """
    folder, content = _folder(principal.user_id), await uploads.read(file)
    if content.startswith(PDF_HEAD):
        if PDF_END not in content[-PDF_TAIL_BYTES:]:
            raise DocumentDamagedError
        kind, files = AttachmentKind.PDF, {AttachmentFile.DOCUMENT.value: content}
        key = await uploads.store(database, storage=storage, files=files, folder=folder)
    else:
        kind = AttachmentKind.IMAGE
        try:
            key = await uploads.store_image(database, storage=storage, file=file, folder=folder)
        except UnsupportedImageError as error:
            raise UnsupportedAttachmentError from error
    return UploadRead(upload=key.rpartition("/")[2], kind=kind)


async def attach(
    session: AsyncSession, *, principal: Principal, upload_ids: Sequence[str]
) -> list[MessageAttachment]:
    """The principal's uploads, for a message that is about to be added. Raises `UnknownUploadError`.

    One that is part of another message violates `uq_message_attachments_key` when this one is flushed.
    """
    keys = [f"{_folder(principal.user_id)}/{upload_id}" for upload_id in upload_ids]
    stored = {file.key: file for file in await repository.list_stored(session, keys)}
    if len(stored) < len(keys):
        raise UnknownUploadError
    for key in keys:
        try:
            await uploads.attach(session, key=key, replaces=None)
        except StorageUnavailableError as error:
            raise UnknownUploadError from error
    return [MessageAttachment(kind=_kind_of(stored[key].files), key=key) for key in keys]


async def get_file(
    database: Database,
    *,
    storage: Storage,
    links: AttachmentLinks,
    attachment_id: int,
    file: AttachmentFile,
    expires: int,
    signature: str,
) -> bytes:
    """For whoever has the address from a message that they may read. Raises `AttachmentNotFoundError`."""
    if not links.is_valid(attachment_id, file, expires=expires, signature=signature):
        raise AttachmentNotFoundError
    async with database.reading() as session:
        attachment = await repository.find(session, attachment_id)
    if attachment is None:
        raise AttachmentNotFoundError
    try:
        return await storage.load(f"{attachment.key}/{file}")
    except FileNotFoundError as error:
        raise AttachmentNotFoundError from error


def _folder(user_id: int) -> str:
    return f"{PRIVATE}messages/{user_id}"


def _kind_of(files: Sequence[str]) -> AttachmentKind:
    return AttachmentKind.PDF if AttachmentFile.DOCUMENT in files else AttachmentKind.IMAGE
