from enum import StrEnum


class AddressStatus(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    SUSPENDED = "suspended"


class HoursMode(StrEnum):
    OPEN = "open"
    CLOSED = "closed"
    BY_APPOINTMENT = "by_appointment"
    AROUND_THE_CLOCK = "around_the_clock"

    @property
    def is_bookable(self) -> bool:
        """By appointment is shown, and for tours; nobody can book it online."""
        return self in {HoursMode.OPEN, HoursMode.AROUND_THE_CLOCK}
