"""How an owner writes down a cancellation policy: a preset by its name, or tiers of their own."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field

from src.companies.enums import CancellationPolicy
from src.core.schemas import ReadModel

MOST_TIERS = 6
LONGEST_HOURS = 365 * 24


class CancellationTier(ReadModel):
    """Cancelled at least that many hours before the start, that many percent are paid back."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"hours_before": 48, "refund_percent": 80}}
    )

    hours_before: int = Field(ge=0, le=LONGEST_HOURS, strict=True)
    refund_percent: int = Field(ge=1, le=100, strict=True)


def _in_order(tiers: list[CancellationTier]) -> list[CancellationTier]:
    for earlier, later in pairwise(tiers):
        if later.hours_before >= earlier.hours_before:
            raise ValueError("hours_before has to fall from tier to tier")
        if later.refund_percent > earlier.refund_percent:
            raise ValueError("refund_percent may not rise towards the start")
    return tiers


CancellationTiers = Annotated[
    list[CancellationTier],
    Field(min_length=1, max_length=MOST_TIERS, description="Of the policy `custom`, the earliest first"),
    AfterValidator(_in_order),
]


def check_policy(policy: CancellationPolicy | None, tiers: Sequence[CancellationTier] | None) -> None:
    """Tiers belong to `custom`, and it to them. Raises ValueError."""
    if (policy is CancellationPolicy.CUSTOM) != (tiers is not None):
        raise ValueError("cancellation_tiers go with the cancellation_policy custom, and only with it")


def with_tiers(values: dict[str, Any]) -> dict[str, Any]:
    """As the columns have it: another policy takes the tiers of the one before with it."""
    if "cancellation_policy" in values:
        values.setdefault("cancellation_tiers", None)
    return values
