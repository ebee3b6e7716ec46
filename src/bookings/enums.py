from enum import StrEnum


class BookingStatus(StrEnum):
    AWAITING_APPROVAL = "awaiting_approval"
    PENDING = "pending"
    CONFIRMED = "confirmed"
    COMPLETED = "completed"
    DECLINED = "declined"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"

    @property
    def in_words(self) -> str:
        return self.value.replace("_", " ")


# They take the time until `expires_at` only.
HELD = (BookingStatus.AWAITING_APPROVAL, BookingStatus.PENDING)


class Actor(StrEnum):
    """In which role somebody moves a booking."""

    CUSTOMER = "customer"
    OWNER = "owner"
    SYSTEM = "system"
