from datetime import date as Date  # noqa: N812 - a field of that name hides the type
from typing import Self

from pydantic import ConfigDict, Field, JsonValue, StrictBool, model_validator

from src.core.schemas import Instant, LocalDate, ReadModel, RequestModel, WallTime

MOST_SPANS_A_WEEK = 70
LONGEST_PERIOD_DAYS = 31
SHORTEST_VISIT, LONGEST_VISIT = 10, 480  # minutes

_TERMS: dict[str, JsonValue] = {
    "is_offered": True,
    "is_confirmed_at_once": False,
    "visit_minutes": 30,
    "buffer_minutes": 15,
    "notice_minutes": 1440,
    "horizon_days": 60,
    "hours": [
        {"weekday": 0, "opens": "14:00", "closes": "18:00"},
        {"weekday": 5, "opens": "10:00", "closes": "13:00"},
    ],
}


class VisitingHoursEntry(RequestModel):
    """One span of a weekday in studio-local time; it ends on the same day."""

    weekday: int = Field(ge=0, le=6, description="0 = Monday", examples=[0])
    opens: WallTime
    closes: WallTime

    @model_validator(mode="after")
    def within_the_day(self) -> Self:
        if self.opens >= self.closes:
            raise ValueError("closes has to be after opens, on the same day")
        return self


class VisitingTermsUpdate(RequestModel):
    model_config = ConfigDict(json_schema_extra={"example": _TERMS})

    is_offered: StrictBool = Field(default=True, description="Whether visits can be booked")
    is_confirmed_at_once: StrictBool = Field(
        default=False, description="false: the studio says yes or no to each request"
    )
    visit_minutes: int = Field(
        default=30, ge=SHORTEST_VISIT, le=LONGEST_VISIT, description="How long one lasts"
    )
    buffer_minutes: int = Field(default=0, ge=0, le=240, description="Kept free after each visit")
    notice_minutes: int = Field(
        default=1440, ge=0, le=43_200, description="Between booking and visit, at least"
    )
    horizon_days: int = Field(default=60, ge=1, le=365, description="How far ahead one can book")
    hours: list[VisitingHoursEntry] = Field(
        max_length=MOST_SPANS_A_WEEK,
        description="When visitors are received, beside closures and special days",
    )


class VisitingHoursRead(ReadModel):
    weekday: int
    opens: WallTime
    closes: WallTime


class VisitingTermsRead(ReadModel):
    """Visits begin one after the other from each `opens` on, `visit_minutes` and `buffer_minutes` apart."""

    model_config = ConfigDict(json_schema_extra={"example": {"timezone": "Europe/London", **_TERMS}})

    timezone: str
    is_offered: bool
    is_confirmed_at_once: bool
    visit_minutes: int
    buffer_minutes: int
    notice_minutes: int
    horizon_days: int
    hours: list[VisitingHoursRead]


class VisitingTimesFilter(RequestModel):
    from_: LocalDate = Field(alias="from", description="First local day", examples=["2027-03-01"])
    to: LocalDate = Field(
        description="The day after the last, at most 31 days later", examples=["2027-03-08"]
    )


class VisitingDay(ReadModel):
    date: Date
    starts: list[Instant]


class VisitingTimesRead(ReadModel):
    """Instants carry the studio's offset of that moment."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "timezone": "Europe/London",
                "visit_minutes": 30,
                "days": [
                    {
                        "date": "2027-03-01",
                        "starts": ["2027-03-01T14:00:00+00:00", "2027-03-01T14:45:00+00:00"],
                    }
                ],
            }
        }
    )

    timezone: str
    visit_minutes: int
    days: list[VisitingDay] = Field(description="Every day of the period; without `starts` nothing is free")
