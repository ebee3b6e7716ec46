from typing import Annotated

from pydantic import ConfigDict, Field, JsonValue

from src.appointments.enums import AppointmentStatus
from src.bookings.enums import Actor
from src.bookings.schemas import ChangeRead
from src.core.pagination import PageRequest
from src.core.schemas import Id, Instant, Line, LocalDate, ReadModel, RequestModel, StudioTime

Version = Annotated[
    Id | None,
    Field(
        description="Of the appointment that you saw: where it has changed since, 409 `appointment_changed`"
    ),
]

_APPOINTMENT: dict[str, JsonValue] = {
    "id": 88,
    "status": "requested",
    "version": 1,
    "address_id": 12,
    "address_name": "Berwick Street",
    "company_id": 4,
    "customer_id": 5,
    "timezone": "Europe/London",
    "starts_at": "2027-03-01T15:00:00+00:00",
    "ends_at": "2027-03-01T15:30:00+00:00",
    "note": "We are five, with a drum kit of our own",
    "created_at": "2027-02-20T10:00:00+00:00",
}


class AppointmentCreate(RequestModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "address_id": 12,
                "starts_at": "2027-03-01T15:00:00",
                "note": "We are five, with a drum kit of our own",
            }
        }
    )

    address_id: Id
    starts_at: StudioTime
    note: Line = Field(default="", description="For the studio: who comes, what you would like to see")


class AppointmentRead(ReadModel):
    model_config = ConfigDict(json_schema_extra={"example": _APPOINTMENT})

    id: int
    status: AppointmentStatus = Field(description="`requested`: the studio has not answered yet")
    version: int = Field(description="Grows with every change: send it with a decision that is based on it")
    address_id: int
    address_name: str
    company_id: int
    customer_id: int
    timezone: str = Field(description="The studio's; the times carry its offset")
    starts_at: Instant
    ends_at: Instant
    note: str
    created_at: Instant


class StudioAppointmentRead(AppointmentRead):
    """An appointment as its studio sees it."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                **_APPOINTMENT,
                "customer_name": "Mira Kaplan",
                "customer_email": "mira@example.com",
                "customer_phone": "+442079460123",
            }
        }
    )

    customer_name: str
    customer_email: str
    customer_phone: str | None


class StudioAppointmentFilter(PageRequest, RequestModel):
    status: AppointmentStatus | None = None
    from_: LocalDate | None = Field(
        default=None, alias="from", description="Starts on that local day or later", examples=["2027-03-01"]
    )
    to: LocalDate | None = Field(
        default=None, description="Starts before that local day", examples=["2027-04-01"]
    )


class AppointmentStatusUpdate(RequestModel):
    model_config = ConfigDict(
        json_schema_extra={"example": {"status": "confirmed", "reason": "Ring the upper bell", "version": 1}}
    )

    status: AppointmentStatus
    reason: Line = Field(default="", description="The other side reads it")
    version: Version = None


class RescheduleCreate(RequestModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "starts_at": "2027-03-02T15:00:00",
                "reason": "The train is on strike on Monday",
                "version": 1,
            }
        }
    )

    starts_at: StudioTime
    reason: Line = Field(default="", description="The other side reads it")
    version: Version = None


class AppointmentMoveRead(ReadModel):
    """A move of an appointment; where its time has changed `changes` says how."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "from_status": "confirmed",
                "to_status": "requested",
                "actor": "customer",
                "reason": "The train is on strike on Monday",
                "changes": {
                    "starts_at": {"before": "2027-03-01T15:00:00+00:00", "after": "2027-03-02T15:00:00+00:00"}
                },
                "created_at": "2027-02-21T09:00:00+00:00",
            }
        }
    )

    from_status: AppointmentStatus | None = Field(description="null: it was made so")
    to_status: AppointmentStatus
    actor: Actor
    reason: str
    changes: dict[str, ChangeRead]
    created_at: Instant
