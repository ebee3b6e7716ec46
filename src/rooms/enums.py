from enum import StrEnum


class RoomStatus(StrEnum):
    ACTIVE = "active"
    INACTIVE = "inactive"


class BookingMode(StrEnum):
    """Whether a booking takes the time by itself, or the owner is asked first."""

    INSTANT = "instant"
    ON_REQUEST = "on_request"


class Reason(StrEnum):
    """Why time can't be booked. Whose it is nobody is told: a booking, a block and an event are all `taken`."""

    PAST = "past"
    CLOSED = "closed"
    TAKEN = "taken"
    BUFFER = "buffer"
    NOTICE = "notice"
    HORIZON = "horizon"
    TOO_SHORT = "too_short"
