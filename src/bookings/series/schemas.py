from enum import StrEnum
from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints

from src.bookings.schemas import BookingWish
from src.bookings.series.models import LONGEST_RULE
from src.core.money import Money
from src.core.schemas import Clean, Instant, ReadModel


class SeriesMode(StrEnum):
    ALL = "all"
    FREE = "free"


Rule = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_RULE),
    Clean,
    Field(
        description="RFC 5545: FREQ is DAILY, WEEKLY or MONTHLY; COUNT or UNTIL (local) is needed; INTERVAL, BYDAY"
        " (weekly, monthly) and BYMONTHDAY (monthly) are understood",
        examples=["FREQ=WEEKLY;COUNT=10"],
    ),
]


class SeriesCreate(BookingWish):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "room_id": 31,
                "starts_at": "2027-03-01T18:00:00",
                "ends_at": "2027-03-01T21:00:00",
                "rrule": "FREQ=WEEKLY;COUNT=10",
                "mode": "free",
            }
        }
    )

    rrule: Rule
    mode: SeriesMode = Field(default=SeriesMode.ALL, description="`all` or nothing, or those that are `free`")


class OccurrenceRead(ReadModel):
    local_start: str = Field(description="What the studio's clock shows", examples=["2027-03-01T18:00:00"])
    starts_at: Instant | None = Field(description="null for a time that the clocks skip")
    ends_at: Instant | None
    booking_id: int | None = Field(description="null: not booked, and `code` says why")
    code: str | None = Field(examples=["slot_taken"])
    detail: str | None


class SeriesRead(ReadModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": 4,
                "rrule": "FREQ=WEEKLY;COUNT=2",
                "timezone": "Europe/London",
                "total": {"amount": 15000, "currency": "GBP"},
                "occurrences": [
                    {
                        "local_start": "2027-03-01T18:00:00",
                        "starts_at": "2027-03-01T18:00:00+00:00",
                        "ends_at": "2027-03-01T21:00:00+00:00",
                        "booking_id": 1042,
                        "code": None,
                        "detail": None,
                    },
                    {
                        "local_start": "2027-03-08T18:00:00",
                        "starts_at": "2027-03-08T18:00:00+00:00",
                        "ends_at": "2027-03-08T21:00:00+00:00",
                        "booking_id": None,
                        "code": "slot_taken",
                        "detail": "Somebody else has taken this time.",
                    },
                ],
            }
        }
    )

    id: int
    rrule: str
    timezone: str
    total: Money = Field(description="Of all of them; each is paid by a checkout of its own")
    occurrences: list[OccurrenceRead]


class SeriesCancelled(ReadModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {"booking_ids": [1042, 1043], "refund": {"amount": 30000, "currency": "GBP"}}
        }
    )

    booking_ids: list[int] = Field(description="What was cancelled now; what has begun is not")
    refund: Money | None = Field(description="In all; null where nothing was left to cancel")
