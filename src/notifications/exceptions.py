from src.core.errors import BadRequestError, InvalidError, NotFoundError


class NotificationNotFoundError(NotFoundError):
    code = "notification_not_found"
    detail = "You have no such notification."


class MailNotOptionalError(InvalidError):
    code = "mail_not_optional"
    detail = "Mails of this kind can't be switched off: they are about your bookings, money or account."


class UnsubscribeLinkInvalidError(BadRequestError):
    code = "unsubscribe_link_invalid"
    detail = "This link is not valid; check that it is complete."
