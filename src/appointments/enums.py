from enum import StrEnum
from typing import Final


class AppointmentStatus(StrEnum):
    REQUESTED = "requested"
    CONFIRMED = "confirmed"
    COMPLETED = "completed"
    NO_SHOW = "no_show"
    CANCELLED = "cancelled"
    DECLINED = "declined"


# They have the desk's time until they are over.
OPEN: Final = (AppointmentStatus.REQUESTED, AppointmentStatus.CONFIRMED)


class NotThen(StrEnum):
    """Why nobody can visit at a time, taken or not."""

    PAST = "past"
    NOTICE = "notice"
    HORIZON = "horizon"
    CLOSED = "closed"
