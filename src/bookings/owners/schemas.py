"""What owners see of their bookings: lists, calendar, figures."""

from datetime import date as Date  # noqa: N812 - the field of that name hides it
from enum import StrEnum

from pydantic import ConfigDict, Field, JsonValue

from src.bookings.enums import BookingStatus
from src.bookings.schemas import BookingRead
from src.calendars.enums import OccupancyKind
from src.core.money import Money
from src.core.pagination import LARGEST_PAGE_SIZE, LAST_PAGE
from src.core.schemas import FilterId, Instant, Line, LocalDate, ReadModel, RequestModel


class BookingSort(StrEnum):
    """With a minus the largest or latest first."""

    STARTS_AT = "starts_at"
    STARTS_AT_DESCENDING = "-starts_at"
    CREATED_AT = "created_at"
    CREATED_AT_DESCENDING = "-created_at"
    TOTAL = "total"
    TOTAL_DESCENDING = "-total"

    @property
    def is_descending(self) -> bool:
        return self.value.startswith("-")


class CompanyBookingFilter(RequestModel):
    status: BookingStatus | None = None
    address_id: FilterId | None = None
    room_id: FilterId | None = None
    customer: Line | None = Field(
        default=None, min_length=1, description="Part of the name or the e-mail address", examples=["kaplan"]
    )
    from_: LocalDate | None = Field(
        default=None, alias="from", description="Starts on that local day or later", examples=["2027-03-01"]
    )
    to: LocalDate | None = Field(
        default=None, description="Starts before that local day", examples=["2027-04-01"]
    )
    is_paid: bool | None = Field(default=None, description="Whether all of the price has been paid")
    sort: BookingSort = BookingSort.STARTS_AT_DESCENDING
    page: int = Field(default=1, ge=1, le=LAST_PAGE)
    size: int = Field(default=20, ge=1, le=LARGEST_PAGE_SIZE)


class CompanyBookingRead(BookingRead):
    """A booking as its studio sees it."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                **BookingRead.model_config["json_schema_extra"]["example"],  # type: ignore[dict-item,index]
                "customer_name": "Mira Kaplan",
                "customer_email": "mira@example.com",
            }
        }
    )

    customer_name: str
    customer_email: str | None


class PeriodFilter(RequestModel):
    from_: LocalDate = Field(alias="from", description="First local day", examples=["2027-03-01"])
    to: LocalDate = Field(description="The day after the last", examples=["2027-03-08"])


class CalendarBooking(ReadModel):
    id: int
    reference: str
    status: BookingStatus = Field(description="`pending` and `awaiting_approval` are holds")
    room_id: int = Field(description="What was booked; another room where this one is a part of it")
    starts_at: Instant = Field(description="Without the buffers")
    ends_at: Instant
    customer_id: int | None
    customer_name: str | None = Field(description="For those who may read bookings")


class CalendarEntry(ReadModel):
    kind: OccupancyKind
    starts_at: Instant = Field(description="Of the time that is taken, with buffers")
    ends_at: Instant
    booking: CalendarBooking | None


class CalendarRoom(ReadModel):
    room_id: int
    room_name: str
    entries: list[CalendarEntry] = Field(description="In order of time")


_ENTRY: dict[str, JsonValue] = {
    "kind": "booking",
    "starts_at": "2027-03-01T18:00:00+00:00",
    "ends_at": "2027-03-01T21:15:00+00:00",
    "booking": {
        "id": 1042,
        "reference": "K7Q2-M4XD",
        "status": "confirmed",
        "room_id": 31,
        "starts_at": "2027-03-01T18:00:00+00:00",
        "ends_at": "2027-03-01T21:00:00+00:00",
        "customer_id": 5,
        "customer_name": "Mira Kaplan",
    },
}


class CalendarRead(ReadModel):
    """Times carry the studio's offset of that moment."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "address_id": 12,
                "timezone": "Europe/London",
                "rooms": [{"room_id": 31, "room_name": "Live Room A", "entries": [_ENTRY]}],
            }
        }
    )

    address_id: int
    timezone: str
    rooms: list[CalendarRoom]


class Figures(ReadModel):
    bookings: int = Field(description="Confirmed and not cancelled, by their start")
    cancellations: int = Field(description="Confirmed and then cancelled, by their start")
    booked_minutes: int = Field(description="Of bookings and of events, whether or not a seat is sold")
    open_minutes: int
    occupancy_rate: float | None = Field(
        description="Booked of open minutes; null while closed, above 1 where hours were cut after a booking"
    )
    revenue: list[Money] = Field(description="Paid less refunded, a sum for each currency, by the start")


_FIGURES: dict[str, JsonValue] = {
    "bookings": 9,
    "cancellations": 1,
    "booked_minutes": 1620,
    "open_minutes": 5040,
    "occupancy_rate": 0.3214,
    "revenue": [{"amount": 142500, "currency": "GBP"}],
}


class WeekFigures(Figures):
    week: str = Field(description="ISO 8601")
    starts_on: Date = Field(description="Its Monday")


class RoomFigures(Figures):
    room_id: int
    room_name: str
    address_id: int
    address_name: str
    weeks: list[WeekFigures]


class DashboardRead(ReadModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "total": _FIGURES,
                "weeks": [{"week": "2027-W09", "starts_on": "2027-03-01", **_FIGURES}],
                "rooms": [
                    {
                        "room_id": 31,
                        "room_name": "Live Room A",
                        "address_id": 12,
                        "address_name": "Berwick Street",
                        **_FIGURES,
                        "weeks": [{"week": "2027-W09", "starts_on": "2027-03-01", **_FIGURES}],
                    }
                ],
            }
        }
    )

    total: Figures
    weeks: list[WeekFigures]
    rooms: list[RoomFigures]
