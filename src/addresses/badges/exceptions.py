from src.core.errors import ForbiddenError, InvalidError


class UnknownBadgeError(InvalidError):
    code = "unknown_badge"
    detail = "There is no such badge; look it up with GET /badges."


class BadgeReservedError(ForbiddenError):
    code = "badge_reserved"
    detail = "Only the platform gives this badge."
