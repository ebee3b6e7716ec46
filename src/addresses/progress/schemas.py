from datetime import date
from typing import Self

from pydantic import ConfigDict, Field

from src.addresses.progress.models import Milestone
from src.core.schemas import Instant, LocalDate, Name, ReadModel, RequestModel, StudioTime

MOST_MILESTONES = 50


class MilestoneEntry(RequestModel):
    title: Name = Field(examples=["Floating floor"])
    target_date: LocalDate | None = None
    reached_at: StudioTime | None = None


class ProgressUpdate(RequestModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "milestones": [
                    {
                        "title": "Floating floor",
                        "target_date": "2027-02-01",
                        "reached_at": "2027-01-28T16:00:00+00:00",
                    },
                    {"title": "First recording", "target_date": "2027-04-01"},
                ]
            }
        }
    )

    milestones: list[MilestoneEntry] = Field(max_length=MOST_MILESTONES)


class MilestoneRead(ReadModel):
    title: str
    target_date: date | None
    reached_at: Instant | None


class ProgressRead(ReadModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "percent": 50,
                "opens_on": "2027-04-01",
                "milestones": [
                    {
                        "title": "Floating floor",
                        "target_date": "2027-02-01",
                        "reached_at": "2027-01-28T16:00:00+00:00",
                    },
                    {"title": "First recording", "target_date": "2027-04-01", "reached_at": None},
                ],
            }
        }
    )

    percent: int = Field(description="Of the milestones, how many are reached; 100 without any")
    opens_on: date | None = Field(description="The latest target date; null without any")
    milestones: list[MilestoneRead]

    @classmethod
    def of(cls, milestones: list[Milestone]) -> Self:
        reached = sum(milestone.reached_at is not None for milestone in milestones)
        targets = [milestone.target_date for milestone in milestones if milestone.target_date]
        return cls(
            percent=100 * reached // len(milestones) if milestones else 100,
            opens_on=max(targets, default=None),
            milestones=[MilestoneRead.model_validate(milestone) for milestone in milestones],
        )
