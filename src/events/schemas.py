from typing import Annotated, Self

from pydantic import ConfigDict, Field, JsonValue, StrictBool, StringConstraints, model_validator

from src.core.money import Money
from src.core.pagination import PageRequest
from src.core.schemas import (
    LARGEST_ID,
    Clean,
    Id,
    Instant,
    LocalDate,
    NotNull,
    ReadModel,
    RequestModel,
    StudioTime,
    Text,
)
from src.events.enums import EventStatus

Title = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    Clean,
]
MOST_SEATS = 100_000
Capacity = Annotated[int, Field(ge=1, le=MOST_SEATS, strict=True)]
SeatAmount = Annotated[
    int,
    Field(ge=0, le=100_000_000, strict=True, description="Of a seat, in minor units; 0 is free of charge"),
]
OutsideHours = Annotated[
    StrictBool, Field(description="Whether it may lie outside of the studio's opening hours")
]

_EVENT: dict[str, JsonValue] = {
    "id": 9,
    "room_id": 31,
    "room_name": "Live Room A",
    "address_id": 12,
    "address_name": "Berwick Street",
    "company_id": 7,
    "title": "Drum clinic",
    "description": "Bring your own sticks.",
    "status": "scheduled",
    "timezone": "Europe/London",
    "starts_at": "2027-03-01T18:00:00+00:00",
    "ends_at": "2027-03-01T21:00:00+00:00",
    "capacity": 20,
    "seats_left": 4,
    "price": {"amount": 1500, "currency": "GBP"},
}


class EventCreate(RequestModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "room_id": 31,
                "title": "Drum clinic",
                "description": "Bring your own sticks.",
                "starts_at": "2027-03-01T18:00:00",
                "ends_at": "2027-03-01T21:00:00",
                "capacity": 20,
                "seat_amount": 1500,
            }
        }
    )

    room_id: Id
    title: Title
    description: Text = ""
    starts_at: StudioTime
    ends_at: StudioTime
    capacity: Capacity
    seat_amount: SeatAmount
    outside_opening_hours: OutsideHours = False


class EventUpdate(RequestModel):
    """Only what is there changes. Another price is that of seats sold from now on."""

    model_config = ConfigDict(json_schema_extra={"example": {"capacity": 24}})

    title: Annotated[Title | None, NotNull] = None
    description: Annotated[Text | None, NotNull] = None
    starts_at: Annotated[StudioTime | None, NotNull] = None
    ends_at: Annotated[StudioTime | None, NotNull] = None
    capacity: Annotated[Capacity | None, NotNull] = None
    seat_amount: Annotated[SeatAmount | None, NotNull] = None
    outside_opening_hours: OutsideHours = False


class EventFilter(PageRequest, RequestModel):
    """Of GET /events."""

    city_id: Annotated[int | None, Field(ge=1, le=LARGEST_ID)] = None
    company_id: Annotated[int | None, Field(ge=1, le=LARGEST_ID)] = None
    address_id: Annotated[int | None, Field(ge=1, le=LARGEST_ID)] = None
    from_: Annotated[
        LocalDate | None, Field(alias="from", description="The first day, by the studio's calendar")
    ] = None
    to: Annotated[LocalDate | None, Field(description="The day after the last one")] = None

    @model_validator(mode="after")
    def is_a_period(self) -> Self:
        if self.from_ is not None and self.to is not None and self.to <= self.from_:
            raise ValueError("to has to be after from")
        return self


class EventRead(ReadModel):
    model_config = ConfigDict(json_schema_extra={"example": _EVENT})

    id: int
    room_id: int
    room_name: str
    address_id: int
    address_name: str
    company_id: int
    title: str
    description: str
    status: EventStatus
    timezone: str = Field(description="The studio's; the times carry its offset")
    starts_at: Instant
    ends_at: Instant
    capacity: int
    seats_left: int = Field(description="Neither sold nor held at this moment")
    price: Money = Field(description="Of a seat")
