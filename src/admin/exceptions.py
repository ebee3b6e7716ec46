from src.core.errors import ConflictError, ForbiddenError, InvalidError


class FormExpiredError(ForbiddenError):
    """The token that ties a form to its session is missing or another's."""

    code = "form_expired"
    detail = "This form is of another session, or too old. Try again."


class AlreadyDoneError(ConflictError):
    code = "already_done"
    detail = "This form was sent before: nothing was done a second time."


class AmountUnreadableError(InvalidError):
    code = "amount_unreadable"
    detail = (
        "Write the amount as a positive number, such as 12.50, with no more decimals than the currency has."
    )
