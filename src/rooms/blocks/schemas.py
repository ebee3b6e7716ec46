from pydantic import ConfigDict, Field

from src.core.pagination import LARGEST_PAGE_SIZE, LAST_PAGE
from src.core.schemas import Instant, Line, LocalDate, ReadModel, RequestModel, StudioTime


class BlockCreate(RequestModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "starts_at": "2027-03-01T10:00:00",
                "ends_at": "2027-03-03T10:00:00",
                "reason": "New floor",
            }
        }
    )

    starts_at: StudioTime
    ends_at: StudioTime
    reason: Line = Field(default="", description="For the team only")


class BlockRead(ReadModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": 4,
                "room_id": 31,
                "timezone": "Europe/London",
                "starts_at": "2027-03-01T10:00:00+00:00",
                "ends_at": "2027-03-03T10:00:00+00:00",
                "reason": "New floor",
                "created_by": 5,
                "created_at": "2027-02-20T10:00:00+00:00",
            }
        }
    )

    id: int
    room_id: int
    timezone: str
    starts_at: Instant
    ends_at: Instant
    reason: str
    created_by: int = Field(description="Who has blocked it")
    created_at: Instant


class BlockFilter(RequestModel):
    from_: LocalDate | None = Field(
        default=None, alias="from", description="Local day; those that end after it begins"
    )
    to: LocalDate | None = Field(default=None, description="Local day; those that start before it begins")
    page: int = Field(default=1, ge=1, le=LAST_PAGE)
    size: int = Field(default=20, ge=1, le=LARGEST_PAGE_SIZE)
