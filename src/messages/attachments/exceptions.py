from http import HTTPStatus

from src.core.errors import InvalidError, ProblemError


class UnsupportedAttachmentError(ProblemError):
    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    code = "unsupported_attachment"
    detail = "An attachment is a picture (JPEG, PNG, WebP or GIF) or a PDF."


class DocumentDamagedError(InvalidError):
    code = "document_damaged"
    detail = "The PDF is damaged or incomplete."
