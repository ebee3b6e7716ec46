"""What a cancellation pays back: a pure function of the frozen policy, the money paid and the moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from src.bookings.enums import Actor
from src.companies.enums import CancellationPolicy
from src.core import money

WHOLE = 100


@dataclass(frozen=True, slots=True)
class RefundTier:
    """Cancelled at least that many hours before the start, that many percent are paid back."""

    hours_before: int
    refund_percent: int


PRESETS: dict[CancellationPolicy, tuple[RefundTier, ...]] = {
    CancellationPolicy.FLEXIBLE: (RefundTier(24, 100), RefundTier(0, 50)),
    CancellationPolicy.MODERATE: (RefundTier(72, 100), RefundTier(24, 50)),
    CancellationPolicy.STRICT: (RefundTier(14 * 24, 100), RefundTier(7 * 24, 50)),
}


def refund_amount(
    policy: Sequence[RefundTier], *, paid: int, starts_at: datetime, now: datetime, actor: Actor
) -> int:
    """Minor units to pay back, rounded half up; all of it when the owner cancels."""
    if actor is Actor.OWNER:
        return paid
    ahead = starts_at - now
    percents = [tier.refund_percent for tier in policy if ahead >= timedelta(hours=tier.hours_before)]
    return money.percentage(paid, max(percents, default=0))
