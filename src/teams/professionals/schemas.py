"""What is said of and by professionals: when they work, what they do, when they are off."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import AfterValidator, AwareDatetime, ConfigDict, Field, model_validator

from src.core.media import Picture
from src.core.money import Amount, Money
from src.core.schemas import Instant, Name, ReadModel, RequestModel, WallTime, in_calendar

MOST_SERVICES, MOST_SPANS = 50, 70
DAY_MINUTES = 24 * 60
LONGEST_TIME_OFF_DAYS = 366


class WorkingHoursEntry(RequestModel):
    weekday: int = Field(ge=0, le=6, strict=True, description="0 = Monday", examples=[4])
    opens: WallTime
    closes: WallTime = Field(description="At or before `opens`: on the next day", examples=["18:00"])


class WorkingHoursUpdate(RequestModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "hours": [
                    {"weekday": 0, "opens": "10:00", "closes": "18:00"},
                    {"weekday": 4, "opens": "18:00", "closes": "02:00"},
                ]
            }
        }
    )

    hours: list[WorkingHoursEntry] = Field(max_length=MOST_SPANS)


class ServiceEntry(RequestModel):
    name: Name
    minutes: int = Field(ge=5, le=DAY_MINUTES, strict=True, examples=[60])
    amount: Amount


class ServicesUpdate(RequestModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {"services": [{"name": "Sound engineer", "minutes": 60, "amount": 4000}]}
        }
    )

    services: list[ServiceEntry] = Field(max_length=MOST_SERVICES)

    @model_validator(mode="after")
    def names_differ(self) -> Self:
        names = [service.name for service in self.services]
        if len(set(names)) < len(names):
            raise ValueError("two services have the same name")
        return self


class WorkingHoursRead(ReadModel):
    weekday: int
    opens: WallTime
    closes: WallTime


class ServiceRead(ReadModel):
    id: int
    name: str
    minutes: int
    price: Money = Field(description="Of each `minutes` begun")


class ProfessionalRead(ReadModel):
    """Somebody who can be booked with a room, as customers see them."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": 5,
                "company_id": 7,
                "firstname": "Mira",
                "photo": None,
                "bio": "I record brass.",
                "address_ids": [12],
                "hours": [{"weekday": 0, "opens": "10:00", "closes": "18:00"}],
                "services": [
                    {
                        "id": 9,
                        "name": "Sound engineer",
                        "minutes": 60,
                        "price": {"amount": 4000, "currency": "GBP"},
                    }
                ],
            }
        }
    )

    id: int
    company_id: int
    firstname: str
    photo: Picture
    bio: str | None
    address_ids: list[int] | None = Field(description="The only studios they work for; null: all")
    hours: list[WorkingHoursRead] = Field(description="In the local time of the studio where they work")
    services: list[ServiceRead]


Moment = Annotated[
    AwareDatetime,
    AfterValidator(in_calendar),
    Field(
        examples=["2027-03-01T00:00:00+00:00"], description="ISO 8601 with an offset: there is no one studio"
    ),
]


class TimeOffCreate(RequestModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "starts_at": "2027-03-01T00:00:00+00:00",
                "ends_at": "2027-03-08T00:00:00+00:00",
            }
        }
    )

    starts_at: Moment
    ends_at: Moment

    @model_validator(mode="after")
    def has_a_length(self) -> Self:
        length = _days(self.starts_at, self.ends_at)
        if not 0 < length <= LONGEST_TIME_OFF_DAYS:
            raise ValueError(f"ends_at has to be after starts_at, by at most {LONGEST_TIME_OFF_DAYS} days")
        return self


def _days(starts_at: datetime, ends_at: datetime) -> float:
    return (ends_at - starts_at).total_seconds() / (24 * 60 * 60)


class TimeOffRead(ReadModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": 8,
                "starts_at": "2027-03-01T00:00:00+00:00",
                "ends_at": "2027-03-08T00:00:00+00:00",
            }
        }
    )

    id: int
    starts_at: Instant
    ends_at: Instant
