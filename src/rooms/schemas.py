from datetime import date as Date  # noqa: N812 - a field of that name hides the type
from typing import Annotated, Self

from pydantic import ConfigDict, Field, model_validator

from src.companies.enums import CancellationPolicy
from src.core.money import LARGEST_AMOUNT
from src.core.schemas import Id, Instant, LocalDate, Name, NotNull, ReadModel, RequestModel, Text
from src.rooms.enums import RoomStatus
from src.rooms.models import DAY_MINUTES

LONGEST_BOOKING_MINUTES = 14 * DAY_MINUTES
LONGEST_BUFFER_MINUTES = DAY_MINUTES
LONGEST_NOTICE_MINUTES = 90 * DAY_MINUTES
FARTHEST_HORIZON_DAYS = 3 * 365
MOST_PEOPLE = 10_000
MOST_TIERS = 12

Minutes = Annotated[int, Field(strict=True, ge=0)]
SlotMinutes = Annotated[int, Field(strict=True, ge=5, le=DAY_MINUTES, examples=[60])]
BookingMinutes = Annotated[int, Field(strict=True, ge=5, le=LONGEST_BOOKING_MINUTES)]
Capacity = Annotated[int, Field(strict=True, ge=1, le=MOST_PEOPLE, examples=[6])]
Buffer = Annotated[Minutes, Field(le=LONGEST_BUFFER_MINUTES)]
Notice = Annotated[Minutes, Field(le=LONGEST_NOTICE_MINUTES)]
Horizon = Annotated[int, Field(strict=True, ge=1, le=FARTHEST_HORIZON_DAYS)]


def check_lengths(*, slot_minutes: int, min_minutes: int, max_minutes: int) -> None:
    """Raises ValueError when the lengths don't fit one another."""
    if DAY_MINUTES % slot_minutes:
        raise ValueError("slot_minutes has to divide a day: 15, 30, 60, 90, 120 …")
    if min_minutes % slot_minutes or max_minutes % slot_minutes:
        raise ValueError("min_minutes and max_minutes have to be multiples of slot_minutes")
    if min_minutes > max_minutes:
        raise ValueError("min_minutes can't be more than max_minutes")


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

    @model_validator(mode="after")
    def lengths_fit(self) -> Self:
        check_lengths(
            slot_minutes=self.slot_minutes, min_minutes=self.min_minutes, max_minutes=self.max_minutes
        )
        return self


class RoomUpdate(RequestModel):
    """Only what is there changes; bookings made before stay as they are."""

    model_config = ConfigDict(json_schema_extra={"example": {"capacity": 8, "buffer_after_minutes": 30}})

    name: Annotated[Name | None, NotNull] = None
    description: Annotated[Text | None, NotNull] = None
    capacity: Annotated[Capacity | None, NotNull] = None
    slot_minutes: Annotated[SlotMinutes | None, NotNull] = None
    min_minutes: Annotated[BookingMinutes | None, NotNull] = None
    max_minutes: Annotated[BookingMinutes | None, NotNull] = None
    buffer_before_minutes: Annotated[Buffer | None, NotNull] = None
    buffer_after_minutes: Annotated[Buffer | None, NotNull] = None
    notice_minutes: Annotated[Notice | None, NotNull] = None
    horizon_days: Annotated[Horizon | None, NotNull] = None
    cancellation_policy: CancellationPolicy | None = None
    status: Annotated[RoomStatus | None, NotNull] = None


class PriceTier(ReadModel):
    """That many minutes for that amount, in minor units of the company's currency."""

    model_config = ConfigDict(extra="forbid")

    # Multiples of five keep the search for the cheapest cover short, whatever an owner thinks up.
    duration_minutes: BookingMinutes = Field(multiple_of=5, examples=[60])
    amount: int = Field(strict=True, ge=1, le=LARGEST_AMOUNT, examples=[5000], description="Minor units")


class PricesUpdate(RequestModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "prices": [
                    {"duration_minutes": 60, "amount": 5000},
                    {"duration_minutes": 240, "amount": 16000},
                ]
            }
        }
    )

    prices: list[PriceTier] = Field(max_length=MOST_TIERS)

    @model_validator(mode="after")
    def one_price_a_duration(self) -> Self:
        if len({tier.duration_minutes for tier in self.prices}) < len(self.prices):
            raise ValueError("a duration has one price")
        return self


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
                "timezone": "Europe/London",
                "slot_minutes": 60,
                "min_minutes": 60,
                "max_minutes": 720,
                "buffer_before_minutes": 0,
                "buffer_after_minutes": 0,
                "notice_minutes": 0,
                "horizon_days": 365,
                "cancellation_policy": "moderate",
                "currency": "GBP",
                "status": "active",
                "prices": [{"duration_minutes": 60, "amount": 5000}],
            }
        }
    )

    id: int
    address_id: int
    company_id: int
    name: str
    description: str
    capacity: int
    timezone: str
    slot_minutes: int = Field(description="Starts lie on this grid of the studio's clock")
    min_minutes: int
    max_minutes: int
    buffer_before_minutes: int
    buffer_after_minutes: int
    notice_minutes: int
    horizon_days: int
    cancellation_policy: CancellationPolicy
    currency: str
    status: RoomStatus
    prices: list[PriceTier]


class RoomFilter(RequestModel):
    address_id: Annotated[int, Field(ge=1, le=2**63 - 1)] | None = None
    city_id: Annotated[int, Field(ge=1, le=2**63 - 1)] | None = None
    page: int = Field(default=1, ge=1, le=10_000)
    size: int = Field(default=20, ge=1, le=100)


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


class FreeSpan(ReadModel):
    starts_at: Instant
    ends_at: Instant


class AvailabilityDay(ReadModel):
    date: Date
    free: list[FreeSpan] = Field(description="Cut at local midnight; buffers are already taken off")
    starts: list[Instant] = Field(
        description="Where a booking of `duration` can start, also if it ends later"
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
                    }
                ],
            }
        }
    )

    timezone: str
    days: list[AvailabilityDay]
