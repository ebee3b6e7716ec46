from src.core.errors import ConflictError, NotFoundError


class UserNotFoundError(NotFoundError):
    code = "user_not_found"
    detail = "There is no such user, or you may not see them."


class EmailTakenError(ConflictError):
    code = "email_taken"
    detail = "An account with this e-mail address exists; log in instead."
    constraint = "uq_users_email"


class AccountInUseError(ConflictError):
    code = "account_in_use"
    detail = "The account can't be deleted yet; `reasons` says why and what to do first."


class OwnAdminRightError(ConflictError):
    code = "own_admin_right"
    detail = "You can't take your own administrator's right away; another administrator has to."
