from datetime import time
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, PlainSerializer, model_validator

from src.addresses.enums import AddressStatus, HoursMode
from src.core.schemas import (
    Id,
    Instant,
    Latitude,
    Line,
    Longitude,
    Name,
    NotNull,
    ReadModel,
    RequestModel,
    Text,
)

MOST_SPANS_A_WEEK = 70

WallTime = Annotated[
    time,
    PlainSerializer(lambda value: value.strftime("%H:%M"), return_type=str, when_used="json"),
    Field(examples=["10:00"]),
]


class AddressCreate(RequestModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "company_id": 7,
                "name": "Berwick Street",
                "street": "12 Berwick Street",
                "city_id": 2643743,
                "lat": 51.5136,
                "lng": -0.1365,
            }
        }
    )

    company_id: Id
    name: Name
    street: Line
    city_id: Id
    lat: Latitude
    lng: Longitude
    description: Text = ""


class AddressUpdate(RequestModel):
    """Only what is there changes."""

    model_config = ConfigDict(json_schema_extra={"example": {"status": "published"}})

    name: Annotated[Name | None, NotNull] = None
    street: Annotated[Line | None, NotNull] = None
    description: Annotated[Text | None, NotNull] = None
    status: Annotated[Literal[AddressStatus.DRAFT, AddressStatus.PUBLISHED] | None, NotNull] = None


class HoursEntry(RequestModel):
    """One span of a weekday in studio-local time."""

    weekday: int = Field(ge=0, le=6, description="0 = Monday", examples=[4])
    mode: HoursMode
    opens: WallTime | None = None
    closes: WallTime | None = Field(
        default=None, description="At or before `opens`: on the next day", examples=["02:00"]
    )

    @model_validator(mode="after")
    def open_has_times(self) -> Self:
        has_times = self.opens is not None and self.closes is not None
        if self.mode is HoursMode.OPEN and not has_times:
            raise ValueError("mode open needs opens and closes")
        if self.mode is not HoursMode.OPEN and (self.opens is not None or self.closes is not None):
            raise ValueError(f"mode {self.mode.value} has no opens and closes")
        for value in (self.opens, self.closes):
            if value is not None and (value.tzinfo is not None or value.second or value.microsecond):
                raise ValueError("opens and closes are local times in whole minutes, like 10:00")
        return self


class HoursUpdate(RequestModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "hours": [
                    {"weekday": 0, "mode": "open", "opens": "10:00", "closes": "22:00"},
                    {"weekday": 4, "mode": "open", "opens": "10:00", "closes": "02:00"},
                    {"weekday": 5, "mode": "around_the_clock"},
                    {"weekday": 6, "mode": "closed"},
                ]
            }
        }
    )

    hours: list[HoursEntry] = Field(max_length=MOST_SPANS_A_WEEK)


class HoursRead(ReadModel):
    weekday: int
    mode: HoursMode
    opens: WallTime | None
    closes: WallTime | None


class AddressRead(ReadModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": 12,
                "company_id": 7,
                "name": "Berwick Street",
                "slug": "berwick-street",
                "description": "",
                "street": "12 Berwick Street",
                "city_id": 2643743,
                "lat": 51.5136,
                "lng": -0.1365,
                "timezone": "Europe/London",
                "status": "draft",
                "missing": ["operating_hours", "room_with_price"],
                "operating_hours": [],
                "created_at": "2027-02-01T09:05:00+00:00",
            }
        }
    )

    id: int
    company_id: int
    name: str
    slug: str
    description: str
    street: str
    city_id: int
    lat: float
    lng: float
    timezone: str = Field(description="IANA zone of the studio's place; all its local times are meant in it")
    status: AddressStatus
    missing: list[str] = Field(description="What it lacks to be published; empty when complete")
    operating_hours: list[HoursRead]
    created_at: Instant


class FavoriteRead(ReadModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": 12,
                "name": "Berwick Street",
                "slug": "berwick-street",
                "street": "12 Berwick Street",
                "city_id": 2643743,
                "lat": 51.5136,
                "lng": -0.1365,
                "timezone": "Europe/London",
                "favorited_at": "2027-02-03T19:40:00+00:00",
            }
        }
    )

    id: int = Field(description="Of the studio")
    name: str
    slug: str
    street: str
    city_id: int
    lat: float
    lng: float
    timezone: str
    favorited_at: Instant
