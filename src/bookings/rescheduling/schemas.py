from typing import Self

from pydantic import ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from src.bookings.enums import Actor
from src.bookings.rescheduling.enums import ProposalStatus
from src.bookings.schemas import BOOKING_EXAMPLE, BookingRead, Version
from src.core.money import Money
from src.core.schemas import Id, Instant, Line, ReadModel, RequestModel, StudioTime

_PROPOSAL: JsonDict = {
    "id": 3,
    "booking_id": 1042,
    "status": "waiting_for_consent",
    "proposed_by": "owner",
    "reason": "A larger band needs the evening",
    "room_id": 31,
    "starts_at": "2027-03-02T18:00:00+00:00",
    "ends_at": "2027-03-02T21:00:00+00:00",
    "swap_with_id": None,
    "expires_at": "2027-02-21T10:00:00+00:00",
    "total": {"amount": 15000, "currency": "GBP"},
    "due": {"amount": 0, "currency": "GBP"},
}


class RescheduleCreate(RequestModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {"starts_at": "2027-03-02T18:00:00", "ends_at": "2027-03-02T21:00:00", "version": 2}
        }
    )

    starts_at: StudioTime
    ends_at: StudioTime
    room_id: Id | None = Field(default=None, description="Another room of the same studio")
    reason: Line = Field(default="", description="The other side reads it")
    version: Version = None


class AnswerCreate(RequestModel):
    model_config = ConfigDict(json_schema_extra={"example": {"version": 3}})

    reason: Line = Field(default="", description="The other side reads it")
    version: Version = None


class SwapCreate(RequestModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {"booking_id": 1042, "other_booking_id": 1051, "reason": "A larger band"}
        }
    )

    booking_id: Id
    other_booking_id: Id
    reason: Line = Field(default="", description="The other side reads it")

    @model_validator(mode="after")
    def two_bookings(self) -> Self:
        if self.booking_id == self.other_booking_id:
            raise ValueError("a booking can't be swapped with itself")
        return self


class ProposalRead(ReadModel):
    model_config = ConfigDict(json_schema_extra={"example": _PROPOSAL})

    id: int
    booking_id: int
    status: ProposalStatus = Field(description="Whether somebody's consent is waited for, or money")
    proposed_by: Actor
    reason: str = Field(description="What they say about it")
    room_id: int
    starts_at: Instant
    ends_at: Instant
    swap_with_id: int | None = Field(description="The booking that would get this one's time")
    expires_at: Instant = Field(description="The time is held until then; after that nothing changes")
    total: Money = Field(description="What the booking would cost")
    due: Money = Field(description="What is to be paid for that: POST /bookings/{id}/checkout")


class RescheduleRead(ReadModel):
    """The booking as it is now: moved, unless there is a proposal."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"booking": BOOKING_EXAMPLE, "proposal": _PROPOSAL}}
    )

    booking: BookingRead
    proposal: ProposalRead | None


class SwapRead(ReadModel):
    """Both bookings as they are now: swapped, unless customers have yet to agree."""

    model_config = ConfigDict(json_schema_extra={"example": {"is_done": False, "proposals": [_PROPOSAL]}})

    is_done: bool
    proposals: list[ProposalRead] = Field(description="What waits for the customers' consent")
