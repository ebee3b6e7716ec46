from src.core.errors import ConflictError, NotFoundError


class SavedReplyNotFoundError(NotFoundError):
    code = "saved_reply_not_found"
    detail = "The company has no such saved reply."


class SavedReplyTitleTakenError(ConflictError):
    code = "saved_reply_title_taken"
    detail = "The company has a saved reply with this title."
    constraint = "uq_saved_replies_title"
