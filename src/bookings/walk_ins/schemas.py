from typing import Self

from pydantic import ConfigDict, Field, model_validator

from src.bookings.add_ons.schemas import AddOnWish
from src.core.schemas import Id, Line, Name, RequestModel, StudioTime
from src.users.schemas import EmailAddress, Phone


class GuestCreate(RequestModel):
    model_config = ConfigDict(json_schema_extra={"example": {"name": "Kim Okafor", "phone": "+442079460123"}})

    name: Name
    email: EmailAddress | None = None
    phone: Phone | None = None


class WalkInCreate(AddOnWish):
    """Either a guest or a customer who has booked with the company before."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "room_id": 31,
                "starts_at": "2027-03-01T18:00:00",
                "ends_at": "2027-03-01T21:00:00",
                "guest": {"name": "Kim Okafor", "phone": "+442079460123"},
            }
        }
    )

    room_id: Id
    starts_at: StudioTime
    ends_at: StudioTime
    guest: GuestCreate | None = None
    customer_id: Id | None = Field(default=None, description="Has booked with you before")
    reason: Line = Field(default="", description="A note for the booking's history")

    @model_validator(mode="after")
    def guest_or_customer(self) -> Self:
        if (self.guest is None) == (self.customer_id is None):
            raise ValueError("either guest or customer_id")
        return self
