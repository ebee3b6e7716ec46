from src.core.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError


class ConversationNotFoundError(NotFoundError):
    code = "conversation_not_found"
    detail = "There is no such conversation, or you are not part of it."


class MessageNotFoundError(NotFoundError):
    code = "message_not_found"
    detail = "There is no such message, or it is not in a conversation of yours."


class AttachmentNotFoundError(NotFoundError):
    code = "attachment_not_found"
    detail = (
        "There is no such attachment, or its address has expired; read the message again for a fresh one."
    )


class NotACustomerError(ForbiddenError):
    code = "not_a_customer"
    detail = "A studio writes to people who have written to it or booked there."


class BlockedError(ForbiddenError):
    code = "blocked"
    detail = "The other side does not want messages from you."


class UnblockFirstError(ConflictError):
    code = "unblock_first"
    detail = "You have blocked the other side; take that back before you write."


class StudioClosedError(ConflictError):
    code = "studio_closed"
    detail = "The studio is closed for good: the conversation can be read, but not continued."


class CustomerGoneError(ConflictError):
    code = "customer_gone"
    detail = "The customer has no account any more."


class UnknownUploadError(InvalidError):
    code = "unknown_upload"
    detail = "An attachment is none of your uploads, or was uploaded too long ago; upload it again."


class UploadUsedError(ConflictError):
    code = "upload_used"
    detail = "An attachment is part of another message already."
    constraint = "uq_message_attachments_key"
