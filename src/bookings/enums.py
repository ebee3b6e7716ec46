from enum import StrEnum


class BookingStatus(StrEnum):
    PENDING = "pending"
    CONFIRMED = "confirmed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class Actor(StrEnum):
    """In which role somebody moves a booking."""

    CUSTOMER = "customer"
    OWNER = "owner"
    SYSTEM = "system"
