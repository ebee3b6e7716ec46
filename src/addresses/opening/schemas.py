from datetime import date, timedelta
from typing import Annotated, Self

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from src.addresses.enums import HoursMode
from src.core.schemas import (
    Clean,
    Instant,
    Line,
    LocalDate,
    ReadModel,
    RequestModel,
    StudioTime,
    WallTime,
)

MOST_SPANS_A_WEEK = 70
MOST_SPANS_A_DAY = 10
MOST_SPECIAL_DAYS = 200
LONGEST_PERIOD = timedelta(days=731)

Label = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=80),
    Clean,
]


class DayHoursEntry(RequestModel):
    """One span of a day in studio-local time."""

    mode: HoursMode
    opens: WallTime | None = None
    closes: WallTime | None = Field(
        default=None, description="At or before `opens`: on the next day", examples=["02:00"]
    )

    @model_validator(mode="after")
    def times_fit_the_mode(self) -> Self:
        if (self.opens is None) != (self.closes is None):
            raise ValueError("opens and closes come together")
        if self.mode is HoursMode.OPEN and self.opens is None:
            raise ValueError("mode open needs opens and closes")
        if self.mode in {HoursMode.CLOSED, HoursMode.AROUND_THE_CLOCK} and self.opens is not None:
            raise ValueError(f"mode {self.mode.value} has no opens and closes")
        return self


class HoursEntry(DayHoursEntry):
    weekday: int = Field(ge=0, le=6, description="0 = Monday", examples=[4])


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


class Dates(RequestModel):
    """Local dates, both included."""

    first_date: LocalDate
    last_date: LocalDate

    @model_validator(mode="after")
    def in_order(self) -> Self:
        if not timedelta(0) <= self.last_date - self.first_date < LONGEST_PERIOD:
            raise ValueError("last_date can't be before first_date, nor more than two years after it")
        return self


class SpecialDayEntry(Dates):
    label: Label = Field(examples=["Christmas"])
    hours: list[DayHoursEntry] = Field(min_length=1, max_length=MOST_SPANS_A_DAY)


class SpecialDaysUpdate(RequestModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "special_days": [
                    {
                        "first_date": "2027-12-24",
                        "last_date": "2027-12-24",
                        "label": "Christmas Eve",
                        "hours": [{"mode": "open", "opens": "10:00", "closes": "14:00"}],
                    },
                    {
                        "first_date": "2027-12-25",
                        "last_date": "2027-12-26",
                        "label": "Christmas",
                        "hours": [{"mode": "closed"}],
                    },
                ]
            }
        }
    )

    special_days: list[SpecialDayEntry] = Field(max_length=MOST_SPECIAL_DAYS)


class ClosureCreate(RequestModel):
    """Either whole local dates, both included, or a span of time."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"first_date": "2027-08-02", "last_date": "2027-08-15", "reason": "New floor"}
        }
    )

    first_date: LocalDate | None = None
    last_date: LocalDate | None = None
    starts_at: StudioTime | None = None
    ends_at: StudioTime | None = None
    reason: Line = Field(examples=["New floor"])

    @model_validator(mode="after")
    def one_kind(self) -> Self:
        has_dates = self.first_date is not None and self.last_date is not None
        has_times = self.starts_at is not None and self.ends_at is not None
        given = sum(
            value is not None for value in (self.first_date, self.last_date, self.starts_at, self.ends_at)
        )
        if given != len(Dates.model_fields) or not (has_dates or has_times):
            raise ValueError("either first_date and last_date, or starts_at and ends_at")
        return self


class ClosureRead(ReadModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": 5,
                "first_date": "2027-08-02",
                "last_date": "2027-08-15",
                "starts_at": "2027-08-02T00:00:00+01:00",
                "ends_at": "2027-08-16T00:00:00+01:00",
                "reason": "New floor",
            }
        }
    )

    id: int
    first_date: date | None = Field(description="null for one that was given by times")
    last_date: date | None
    starts_at: Instant
    ends_at: Instant
    reason: str
