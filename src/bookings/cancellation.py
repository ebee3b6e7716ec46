"""What a cancellation pays back: pure functions of the frozen policy, the money paid and the moment.

Integer minor units, every proportion rounded half up (docs/adr/0021).
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from src.bookings.enums import Actor
from src.companies.enums import CancellationPolicy
from src.core import money

WHOLE = 100


@dataclass(frozen=True, slots=True)
class RefundTier:
    """Cancelled at least that many hours before the start, that many percent are paid back.

    With `within_minutes` (a grace period) only that long after the booking was made.
    """

    hours_before: int
    refund_percent: int
    within_minutes: int | None = None

    def last_moment(self, *, starts_at: datetime, made_at: datetime) -> datetime:
        """Until then, and at that instant, the tier applies."""
        ahead = starts_at - timedelta(hours=self.hours_before)
        if self.within_minutes is None:
            return ahead
        return min(ahead, made_at + timedelta(minutes=self.within_minutes))


PRESETS: dict[CancellationPolicy, tuple[RefundTier, ...]] = {
    CancellationPolicy.FLEXIBLE: (RefundTier(24, 100), RefundTier(0, 50)),
    CancellationPolicy.MODERATE: (RefundTier(72, 100), RefundTier(24, 50)),
    CancellationPolicy.STRICT: (RefundTier(14 * 24, 100), RefundTier(7 * 24, 50)),
}

# Whoever has just booked the wrong day gets everything back, unless the day is near.
GRACE = RefundTier(hours_before=48, refund_percent=WHOLE, within_minutes=60)


def freeze(policy: CancellationPolicy, custom: Sequence[tuple[int, int]]) -> list[dict[str, Any]]:
    """What a booking keeps, whatever the preset or the owner says later."""
    tiers = [RefundTier(*tier) for tier in custom] if custom else PRESETS[policy]
    return freeze_tiers([*tiers, GRACE])


def freeze_tiers(tiers: Sequence[RefundTier]) -> list[dict[str, Any]]:
    return [asdict(tier) for tier in tiers]


def thaw(frozen: Sequence[dict[str, Any]]) -> list[RefundTier]:
    return [RefundTier(**tier) for tier in frozen]


@dataclass(frozen=True, slots=True)
class Bill:
    """What was agreed and what of it is with us: `tax` and `fee` are parts of `total`."""

    total: int
    tax: int
    fee: int
    paid: int


@dataclass(frozen=True, slots=True)
class Refund:
    """`amount` goes back and `kept` stays, each with the tax in it; our fee is due only on what stays."""

    percent: int
    amount: int
    tax: int
    kept: int
    kept_tax: int
    kept_fee: int


def percent_at(
    policy: Sequence[RefundTier], *, starts_at: datetime, made_at: datetime, now: datetime, actor: Actor
) -> int:
    """All of it when the owner cancels."""
    if actor is Actor.OWNER:
        return WHOLE
    applying = (
        tier.refund_percent
        for tier in policy
        if now <= tier.last_moment(starts_at=starts_at, made_at=made_at)
    )
    return max(applying, default=0)


def refund(bill: Bill, percent: int) -> Refund:
    amount = money.percentage(bill.paid, percent)
    paid_tax = money.proportion(bill.tax, bill.paid, bill.total)
    tax = money.proportion(paid_tax, amount, bill.paid)
    kept = bill.paid - amount
    return Refund(
        percent=percent,
        amount=amount,
        tax=tax,
        kept=kept,
        kept_tax=paid_tax - tax,
        kept_fee=money.proportion(bill.fee, kept, bill.total),
    )


@dataclass(frozen=True, slots=True)
class Step:
    """That many percent are paid back until that instant, inclusive."""

    until: datetime
    percent: int


def steps(
    policy: Sequence[RefundTier], *, starts_at: datetime, made_at: datetime, now: datetime
) -> list[Step]:
    """What waiting costs the customer, from now on; after the last step nothing is paid back."""
    ends = sorted({tier.last_moment(starts_at=starts_at, made_at=made_at) for tier in policy})
    found: list[Step] = []
    for until in reversed([end for end in ends if end >= now]):
        percent = percent_at(policy, starts_at=starts_at, made_at=made_at, now=until, actor=Actor.CUSTOMER)
        if percent > (found[-1].percent if found else 0):
            found.append(Step(until, percent))
    return found[::-1]
