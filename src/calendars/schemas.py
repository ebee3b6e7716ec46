from pydantic import ConfigDict, Field

from src.calendars.enums import ImportProblem
from src.core.outbound import LONGEST_ADDRESS
from src.core.schemas import Instant, Name, ReadModel, RequestModel


class CalendarFeedRead(ReadModel):
    """The address is a secret and is shown this once."""

    url: str = Field(examples=["https://api.downbeat.example/api/v1/calendars/8kQ…2sA.ics"])
    webcal_url: str = Field(
        description="The same for a link that opens the calendar program",
        examples=["webcal://api.downbeat.example/api/v1/calendars/8kQ…2sA.ics"],
    )

    @classmethod
    def of(cls, token: str, *, public_url: str) -> "CalendarFeedRead":
        url = f"{public_url.rstrip('/')}/api/v1/calendars/{token}.ics"
        return cls(url=url, webcal_url="webcal://" + url.partition("://")[2])


class CalendarImportCreate(RequestModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "name": "Our Google calendar",
                "url": "https://calendar.google.com/calendar/ical/studio/private-8d1f/basic.ics",
            }
        }
    )

    name: Name
    url: str = Field(min_length=1, max_length=LONGEST_ADDRESS)


class ImportConflictRead(ReadModel):
    summary: str = Field(examples=["Band practice"])
    starts_at: Instant
    ends_at: Instant
    conflict_since: Instant


class CalendarImportRead(ReadModel):
    """`problem` says why the last look brought nothing; what was imported before stays."""

    id: int = Field(examples=[17])
    name: str = Field(examples=["Our Google calendar"])
    host: str = Field(
        description="Of its address, the rest of which is a secret", examples=["calendar.google.com"]
    )
    events: int = Field(description="Busy times of it within the next 400 days", examples=[42])
    conflicts: list[ImportConflictRead] = Field(
        description="Events over time that was taken before, the first 50; what is free of them is taken"
    )
    fetched_at: Instant | None = Field(
        description="When it was last looked at with success", examples=["2027-03-01T18:00:00+00:00"]
    )
    problem: ImportProblem | None = Field(examples=[None])
    failures: int = Field(description="How many looks have failed in a row", examples=[0])
    has_unreadable_events: bool = Field(
        description="Some of its events could not be understood and take no time", examples=[False]
    )
    created_at: Instant
