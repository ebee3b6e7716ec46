from src.core.errors import ConflictError, NotFoundError


class UserNotFoundError(NotFoundError):
    code = "user_not_found"
    detail = "There is no such user, or you may not see them."


class EmailTakenError(ConflictError):
    code = "email_taken"
    detail = "An account with this e-mail address exists; log in instead."
    constraint = "uq_users_email"
