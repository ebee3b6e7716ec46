from typing import Annotated, Any, Self

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from src.companies.cancellation import CancellationTier, CancellationTiers, check_policy, with_tiers
from src.companies.enums import CancellationPolicy
from src.core.schemas import (
    Id,
    Name,
    NotNull,
    ReadModel,
    RequestModel,
    Text,
)
from src.rooms.enums import BookingMode, RoomStatus
from src.rooms.lengths import BookingMinutes, Buffer, Horizon, Notice, SlotMinutes, check_lengths
from src.rooms.photos.schemas import PHOTO_EXAMPLE, PhotoRead
from src.rooms.pricing.schemas import RULE_EXAMPLE, PriceRuleEntry, PriceTier

MOST_PEOPLE = 10_000

Capacity = Annotated[int, Field(strict=True, ge=1, le=MOST_PEOPLE, examples=[6])]


def _one_decimal(area: float) -> float:
    if round(area, 1) != area:
        raise ValueError("one digit behind the point is enough")
    return area


Area = Annotated[
    float,
    Field(strict=True, ge=0.1, le=100_000, allow_inf_nan=False, examples=[42.5]),
    AfterValidator(_one_decimal),
]
AREA_DESCRIPTION = "Square metres, to one digit behind the point"


class RoomCreate(RequestModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "address_id": 12,
                "name": "Live Room A",
                "capacity": 6,
                "slot_minutes": 60,
                "min_minutes": 60,
                "max_minutes": 720,
                "buffer_after_minutes": 0,
            }
        }
    )

    address_id: Id
    name: Name
    description: Text = ""
    capacity: Capacity
    area_m2: Area | None = Field(default=None, description=AREA_DESCRIPTION)
    booking_mode: BookingMode = BookingMode.INSTANT
    slot_minutes: SlotMinutes
    min_minutes: BookingMinutes
    max_minutes: BookingMinutes
    buffer_before_minutes: Buffer = 0
    buffer_after_minutes: Buffer = 0
    notice_minutes: Notice = 0
    horizon_days: Horizon = 365
    cancellation_policy: CancellationPolicy | None = Field(
        default=None, description="null: that of the company"
    )
    cancellation_tiers: CancellationTiers | None = None

    @model_validator(mode="after")
    def lengths_fit(self) -> Self:
        check_lengths(
            slot_minutes=self.slot_minutes, min_minutes=self.min_minutes, max_minutes=self.max_minutes
        )
        return self

    @model_validator(mode="after")
    def tiers_fit(self) -> Self:
        check_policy(self.cancellation_policy, self.cancellation_tiers)
        return self

    def stored_values(self) -> dict[str, Any]:
        return _stored(self.model_dump())


class RoomUpdate(RequestModel):
    """Only what is there changes; bookings made before stay as they are."""

    model_config = ConfigDict(json_schema_extra={"example": {"capacity": 8, "buffer_after_minutes": 30}})

    name: Annotated[Name | None, NotNull] = None
    description: Annotated[Text | None, NotNull] = None
    capacity: Annotated[Capacity | None, NotNull] = None
    area_m2: Area | None = Field(default=None, description=AREA_DESCRIPTION)
    booking_mode: Annotated[BookingMode | None, NotNull] = None
    slot_minutes: Annotated[SlotMinutes | None, NotNull] = None
    min_minutes: Annotated[BookingMinutes | None, NotNull] = None
    max_minutes: Annotated[BookingMinutes | None, NotNull] = None
    buffer_before_minutes: Annotated[Buffer | None, NotNull] = None
    buffer_after_minutes: Annotated[Buffer | None, NotNull] = None
    notice_minutes: Annotated[Notice | None, NotNull] = None
    horizon_days: Annotated[Horizon | None, NotNull] = None
    cancellation_policy: CancellationPolicy | None = None
    cancellation_tiers: CancellationTiers | None = None
    status: Annotated[RoomStatus | None, NotNull] = None

    @model_validator(mode="after")
    def tiers_fit(self) -> Self:
        check_policy(self.cancellation_policy, self.cancellation_tiers)
        return self

    def stored_values(self) -> dict[str, Any]:
        """Of what is there."""
        return _stored(self.model_dump(exclude_unset=True))


def _stored(values: dict[str, Any]) -> dict[str, Any]:
    """As the columns of the table have it."""
    if "area_m2" in values:
        area = values.pop("area_m2")
        values["area_dm2"] = round(area * 100) if area is not None else None
    return with_tiers(values)


class RoomRead(ReadModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": 31,
                "address_id": 12,
                "company_id": 7,
                "name": "Live Room A",
                "description": "",
                "capacity": 6,
                "area_m2": 42.5,
                "timezone": "Europe/London",
                "booking_mode": "instant",
                "slot_minutes": 60,
                "min_minutes": 60,
                "max_minutes": 720,
                "buffer_before_minutes": 0,
                "buffer_after_minutes": 0,
                "notice_minutes": 0,
                "horizon_days": 365,
                "cancellation_policy": "moderate",
                "cancellation_tiers": None,
                "currency": "GBP",
                "status": "active",
                "prices": [{"duration_minutes": 60, "amount": 5000}],
                "price_rules": [RULE_EXAMPLE],
                "part_ids": [],
                "photos": [PHOTO_EXAMPLE],
            }
        }
    )

    id: int
    address_id: int
    company_id: int
    name: str
    description: str
    capacity: int
    area_m2: float | None = Field(description=AREA_DESCRIPTION)
    timezone: str
    booking_mode: BookingMode
    slot_minutes: int = Field(description="Starts lie on this grid of the studio's clock")
    min_minutes: int
    max_minutes: int
    buffer_before_minutes: int
    buffer_after_minutes: int
    notice_minutes: int
    horizon_days: int
    cancellation_policy: CancellationPolicy
    cancellation_tiers: list[CancellationTier] | None = Field(description="Of the policy `custom`")
    currency: str
    status: RoomStatus
    prices: list[PriceTier]
    price_rules: list[PriceRuleEntry] = Field(
        description="Peak and off-peak; the first one that applies does"
    )
    part_ids: list[int] = Field(description="Rooms that are taken with it")
    photos: list[PhotoRead] = Field(description="In order, the cover first")
