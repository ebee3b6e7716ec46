from typing import Annotated, Self

from pydantic import ConfigDict, Field, JsonValue, model_validator

from src.bookings.add_ons.schemas import AddOnWish, ProfessionalWish
from src.bookings.seats.schemas import Seats
from src.bookings.waitlist.enums import WaitStatus
from src.core.schemas import Id, Instant, ReadModel, StudioTime

_ENTRY: dict[str, JsonValue] = {
    "id": 3,
    "room_id": 31,
    "event_id": None,
    "seats": None,
    "equipment_ids": [4],
    "professional": None,
    "status": "waiting",
    "timezone": "Europe/London",
    "starts_at": "2027-03-01T18:00:00+00:00",
    "ends_at": "2027-03-01T21:00:00+00:00",
    "booking_id": None,
    "created_at": "2027-02-20T10:00:00+00:00",
}


class WaitCreate(AddOnWish):
    """Either a time of a room, perhaps with what is to come with it, or seats of an event."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "room_id": 31,
                "starts_at": "2027-03-01T18:00:00",
                "ends_at": "2027-03-01T21:00:00",
            }
        }
    )

    room_id: Id | None = None
    starts_at: StudioTime | None = None
    ends_at: StudioTime | None = None
    event_id: Id | None = None
    seats: Annotated[Seats | None, Field(description="One when left out")] = None

    @model_validator(mode="after")
    def is_one_of_both(self) -> Self:
        of_room = [self.room_id, self.starts_at, self.ends_at]
        has_add_ons = bool(self.equipment_ids or self.professional)
        is_room = None not in of_room and self.event_id is None and self.seats is None
        is_event = self.event_id is not None and of_room == [None, None, None] and not has_add_ons
        if not is_room and not is_event:
            raise ValueError("either room_id, starts_at and ends_at, or event_id and seats")
        return self


class WaitRead(ReadModel):
    model_config = ConfigDict(json_schema_extra={"example": _ENTRY})

    id: int
    room_id: int
    event_id: int | None
    seats: int | None
    equipment_ids: list[int] = Field(description="What is to come with the room")
    professional: ProfessionalWish | None
    status: WaitStatus = Field(
        description="offered: `booking_id` is held for you; passed: it was not paid in time"
    )
    timezone: str
    starts_at: Instant
    ends_at: Instant
    booking_id: int | None = Field(description="The hold that was offered")
    created_at: Instant
