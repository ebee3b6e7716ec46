from typing import Annotated, Self

from pydantic import ConfigDict, Field, JsonValue, model_validator

from src.core.money import LARGEST_AMOUNT
from src.core.schemas import LocalDate, Name, ReadModel, RequestModel, WallTime
from src.rooms.lengths import BookingMinutes

MOST_TIERS = 12
MOST_RULES = 20

RULE_EXAMPLE: dict[str, JsonValue] = {
    "name": "Weekend nights",
    "weekdays": [4, 5],
    "starts": "18:00",
    "ends": "02:00",
    "first_date": None,
    "last_date": None,
    "percent": 150,
}

Weekday = Annotated[int, Field(strict=True, ge=0, le=6, examples=[4])]


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


class PriceRuleEntry(ReadModel):
    """Peak (more than 100 percent) or off-peak (less) at some hours of some weekdays of the studio's clock."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": RULE_EXAMPLE})

    name: Name = Field(description="Shown on the bill")
    weekdays: Annotated[list[Weekday], Field(min_length=1, max_length=7)] = Field(
        description="0 is Monday; of the day on which the hours start"
    )
    starts: WallTime = Field(description="Of the studio's clock, to the minute")
    ends: WallTime = Field(description="At or before `starts` it is the next day")
    first_date: LocalDate | None = Field(default=None, description="null: since ever")
    last_date: LocalDate | None = Field(default=None, description="Included; null: for ever")
    percent: int = Field(
        strict=True, ge=10, le=1000, description="Of the price by the tiers; 150 is half as much more"
    )

    @model_validator(mode="after")
    def is_sensible(self) -> Self:
        if len(set(self.weekdays)) < len(self.weekdays):
            raise ValueError("each weekday once")
        if self.first_date and self.last_date and self.first_date > self.last_date:
            raise ValueError("first_date can't be after last_date")
        return self


class PriceRulesUpdate(RequestModel):
    model_config = ConfigDict(json_schema_extra={"example": {"price_rules": [RULE_EXAMPLE]}})

    price_rules: list[PriceRuleEntry] = Field(
        max_length=MOST_RULES, description="In order: where several apply, the first one does"
    )
