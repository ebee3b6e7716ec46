from typing import Annotated

from pydantic import ConfigDict, Field, JsonValue

from src.bookings.enums import BookingStatus
from src.core.schemas import Instant, ReadModel, RequestModel

MOST_SEATS_AT_ONCE = 20
Seats = Annotated[int, Field(ge=1, le=MOST_SEATS_AT_ONCE, strict=True)]

_ATTENDEE: dict[str, JsonValue] = {
    "booking_id": 1042,
    "reference": "K7Q2-M4XD",
    "name": "Mira Haddad",
    "email": "mira@example.com",
    "seats": 2,
    "status": "confirmed",
    "checked_in_at": None,
}


class SeatsCreate(RequestModel):
    model_config = ConfigDict(json_schema_extra={"example": {"seats": 2}})

    seats: Seats = 1


class AttendeeRead(ReadModel):
    """A booking of seats that is paid for, or was free of charge."""

    model_config = ConfigDict(json_schema_extra={"example": _ATTENDEE})

    booking_id: int
    reference: str
    name: str
    email: str
    seats: int
    status: BookingStatus
    checked_in_at: Instant | None = Field(description="When they came; null before")
