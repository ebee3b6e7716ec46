from http import HTTPStatus
from typing import Annotated

from fastapi import File, Query, Response, UploadFile

from src.core.database import DatabaseDep
from src.core.errors import (
    ContentTooLargeError,
    UnauthorizedError,
    ValidationFailedError,
    errors,
)
from src.core.http import domain_router
from src.core.identity import PrincipalDep
from src.core.images import ImageDamagedError, ImageTooLargeError
from src.core.limits import TooManyRequestsError
from src.core.media import make_safe
from src.core.schemas import PathId
from src.core.storage import StorageDep, StorageUnavailableError, content_type_of
from src.core.uploads import LARGEST_BODY_BYTES
from src.messages.attachments import service
from src.messages.attachments.exceptions import DocumentDamagedError, UnsupportedAttachmentError
from src.messages.attachments.links import ANEW_SECONDS, AttachmentFile, AttachmentLinksDep
from src.messages.attachments.schemas import UploadRead
from src.messages.exceptions import AttachmentNotFoundError

router = domain_router(tags=["messages"], prefix="/messages/attachments")

AttachmentUpload = Annotated[
    UploadFile,
    File(description="A JPEG, PNG, WebP, GIF or PDF of at most 10 MB", examples=["plan.pdf"]),
]


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    response_model=UploadRead,
    operation_id="upload_message_attachment",
    max_body_size=LARGEST_BODY_BYTES,
    responses=errors(
        UnauthorizedError,
        TooManyRequestsError,
        ContentTooLargeError,
        UnsupportedAttachmentError,
        ImageTooLargeError,
        ImageDamagedError,
        DocumentDamagedError,
        ValidationFailedError,
        StorageUnavailableError,
    ),
)
async def upload_message_attachment(
    file: AttachmentUpload, principal: PrincipalDep, database: DatabaseDep, storage: StorageDep
) -> UploadRead:
    """A multipart form with the file as `file`. Send the `upload` of the answer with a message, within half an hour.

    What counts is what the file is, not what it is called. Pictures are turned upright and kept in three sizes,
    without place and camera; PDFs stay as they are. What is never sent is deleted.
    """
    return await service.upload(database, storage=storage, principal=principal, file=file)


@router.get(
    "/{attachment_id}/{file}",
    response_class=Response,
    operation_id="get_message_attachment",
    responses={
        **errors(AttachmentNotFoundError, StorageUnavailableError, ValidationFailedError),
        HTTPStatus.OK: {
            "description": "The picture, or the PDF",
            "content": {
                kind: {"schema": {"type": "string", "format": "binary"}, "example": example}
                for kind, example in {"image/webp": "RIFF…WEBP…", "application/pdf": "%PDF-1.7 …"}.items()
            },
        },
    },
)
async def get_message_attachment(
    attachment_id: PathId,
    file: AttachmentFile,
    expires: Annotated[int, Query(ge=0, le=2**33, description="Unix seconds")],
    signature: Annotated[str, Query(min_length=64, max_length=64)],
    database: DatabaseDep,
    storage: StorageDep,
    links: AttachmentLinksDep,
) -> Response:
    """The file behind an address of a message's `attachments`; use these as they are, in `<img>` too.

    They need no log-in and work for half an hour to an hour; after that the answer is 404. A PDF is always
    downloaded, never shown as a page of ours.
    """
    content = await service.get_file(
        database,
        storage=storage,
        links=links,
        attachment_id=attachment_id,
        file=file,
        expires=expires,
        signature=signature,
    )
    response = Response(content)
    make_safe(response.headers, content_type_of(file))
    response.headers["Cache-Control"] = f"private, max-age={ANEW_SECONDS}"
    if file is AttachmentFile.DOCUMENT:
        response.headers["Content-Disposition"] = f'attachment; filename="attachment-{attachment_id}.pdf"'
    return response
