from src.core.errors import NotFoundError


class AttendeeNotFoundError(NotFoundError):
    code = "attendee_not_found"
    detail = "Nobody who comes to this event has this booking."
