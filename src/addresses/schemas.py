from datetime import date
from typing import Annotated, Literal, Self
from zoneinfo import available_timezones

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

from src.addresses.enums import AddressStatus, HoursMode
from src.addresses.hours import SpecialDay
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
    WallTime,
)


def _known_zone(name: str) -> str:
    # Of a place: neither "UTC" nor "Etc/GMT+3", which no clock on a studio's wall follows.
    if "/" not in name or name.startswith("Etc/") or name not in available_timezones():
        raise ValueError("not an IANA time zone of a place, like Europe/London")
    return name


Zone = Annotated[
    str, StringConstraints(max_length=40), AfterValidator(_known_zone), Field(examples=["Europe/London"])
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
    timezone: Zone | None = Field(default=None, description="IANA; that of the city when left out")


class AddressUpdate(RequestModel):
    """Only what is there changes. With another city its time zone comes along, unless `timezone` is there."""

    model_config = ConfigDict(json_schema_extra={"example": {"status": "published"}})

    name: Annotated[Name | None, NotNull] = None
    street: Annotated[Line | None, NotNull] = None
    city_id: Annotated[Id | None, NotNull] = None
    lat: Annotated[Latitude | None, NotNull] = None
    lng: Annotated[Longitude | None, NotNull] = None
    timezone: Annotated[Zone | None, NotNull] = None
    description: Annotated[Text | None, NotNull] = None
    status: Annotated[Literal[AddressStatus.DRAFT, AddressStatus.PUBLISHED] | None, NotNull] = None


class DayHoursRead(ReadModel):
    mode: HoursMode
    opens: WallTime | None
    closes: WallTime | None


class HoursRead(DayHoursRead):
    weekday: int


class SpecialDayRead(ReadModel):
    """Local dates, both included, whose hours replace the weekly ones."""

    first_date: date
    last_date: date
    label: str
    hours: list[DayHoursRead]

    @classmethod
    def of(cls, day: SpecialDay) -> Self:
        hours = [DayHoursRead.model_validate(entry) for entry in day.hours]
        return cls(first_date=day.first, last_date=day.last, label=day.label, hours=hours)


class OpenStateRead(ReadModel):
    """Of this moment. Online bookings need it open; by appointment isn't."""

    is_open: bool
    changes_at: Instant | None = Field(
        description="When it closes, or else opens next; null when it doesn't for months"
    )


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
                "special_days": [],
                "open_state": {"is_open": False, "changes_at": None},
                "badges": ["parking", "soundproofed"],
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
    special_days: list[SpecialDayRead] = Field(description="Those to come; see PUT …/special-days")
    open_state: OpenStateRead
    badges: list[str] = Field(description="See GET /badges")
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
