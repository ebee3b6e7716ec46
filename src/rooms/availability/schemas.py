from datetime import date as Date  # noqa: N812 - a field of that name hides the type
from typing import Annotated

from pydantic import ConfigDict, Field

from src.core.schemas import Instant, LocalDate, ReadModel, RequestModel, StudioTime
from src.rooms.enums import Reason
from src.rooms.lengths import LONGEST_BOOKING_MINUTES


class AvailabilityFilter(RequestModel):
    from_: LocalDate = Field(alias="from", description="First local day", examples=["2027-03-01"])
    to: LocalDate = Field(
        description="The day after the last, at most 62 days later", examples=["2027-03-08"]
    )
    duration: Annotated[int, Field(ge=5, le=LONGEST_BOOKING_MINUTES)] | None = Field(
        default=None,
        description="Wished length in minutes; the room's shortest when left out",
        examples=[120],
    )
    explain: bool = Field(default=False, description="Whether to say why time can't be booked")


class AlternativesFilter(RequestModel):
    starts_at: StudioTime
    duration: Annotated[int, Field(ge=5, le=LONGEST_BOOKING_MINUTES, description="Minutes", examples=[120])]


class FreeSpan(ReadModel):
    starts_at: Instant
    ends_at: Instant


class UnavailableSpan(ReadModel):
    starts_at: Instant
    ends_at: Instant
    reason: Reason


class AvailabilityDay(ReadModel):
    date: Date
    free: list[FreeSpan] = Field(description="Cut at local midnight; buffers are already taken off")
    starts: list[Instant] = Field(
        description="Where a booking of `duration` can start, also if it ends later"
    )
    unavailable: list[UnavailableSpan] | None = Field(
        description="With `explain=true`: the rest of the day, and what of `free` is too short for `duration`"
    )


class AvailabilityRead(ReadModel):
    """Instants carry the studio's offset of that moment."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "timezone": "Europe/London",
                "days": [
                    {
                        "date": "2027-03-01",
                        "free": [
                            {"starts_at": "2027-03-01T10:00:00+00:00", "ends_at": "2027-03-01T13:00:00+00:00"}
                        ],
                        "starts": ["2027-03-01T10:00:00+00:00", "2027-03-01T11:00:00+00:00"],
                        "unavailable": [
                            {
                                "starts_at": "2027-03-01T00:00:00+00:00",
                                "ends_at": "2027-03-01T10:00:00+00:00",
                                "reason": "closed",
                            }
                        ],
                    }
                ],
            }
        }
    )

    timezone: str
    days: list[AvailabilityDay]


class OtherRoom(ReadModel):
    room_id: int
    name: str


class AlternativesRead(ReadModel):
    """What is free near a wish. Instants carry the studio's offset of that moment."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "timezone": "Europe/London",
                "is_free": False,
                "before": "2027-03-01T16:00:00+00:00",
                "after": "2027-03-02T10:00:00+00:00",
                "rooms": [{"room_id": 32, "name": "Live Room B"}],
            }
        }
    )

    timezone: str
    is_free: bool = Field(description="Whether the wish itself can be booked at this moment")
    before: Instant | None = Field(description="The latest start before it, at most a week")
    after: Instant | None = Field(description="The earliest start after it, at most two weeks")
    rooms: list[OtherRoom] = Field(description="Of the same studio, free for exactly the wished time")
