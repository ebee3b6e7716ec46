"""What a booking costs. Pure; integer minor units throughout, nothing is rounded.

The price of a duration is the cheapest set of tiers that covers it: three hours may be cheaper as "4 h" than as
three times "1 h". So the price never falls as the duration grows, and the order of the tiers does not matter.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from math import gcd


@dataclass(frozen=True, slots=True, order=True)
class Tier:
    duration_minutes: int
    amount: int


@dataclass(frozen=True, slots=True)
class PriceItem:
    """A line of the bill: `quantity` times a tier."""

    duration_minutes: int
    quantity: int
    unit_amount: int

    @property
    def amount(self) -> int:
        return self.quantity * self.unit_amount


def price(tiers: Iterable[Tier], minutes: int) -> list[PriceItem]:
    """The cheapest cover, longest tier first; of equally cheap ones that with the fewest pieces.

    At least one tier and one minute are needed.
    """
    chosen = Counter(_cheapest_cover(tuple(sorted(tiers)), minutes))
    return [
        PriceItem(tier.duration_minutes, quantity, tier.amount)
        for tier, quantity in sorted(chosen.items(), reverse=True)
    ]


def total(items: Iterable[PriceItem]) -> int:
    return sum(item.amount for item in items)


@lru_cache(maxsize=4096)
def _cheapest_cover(tiers: tuple[Tier, ...], minutes: int) -> tuple[Tier, ...]:
    """Unbounded covering knapsack over steps of the greatest common divisor of all lengths."""
    step = gcd(minutes, *(tier.duration_minutes for tier in tiers))
    best: list[tuple[int, int, Tier | None]] = [(0, 0, None)]  # cost, pieces, last tier, by covered steps
    for covered in range(1, minutes // step + 1):
        options = ((_before(best, covered, tier, step), tier) for tier in tiers)
        best.append(min((cost + tier.amount, pieces + 1, tier) for (cost, pieces, _), tier in options))
    return tuple(_walk_back(best, step))


def _before(
    best: list[tuple[int, int, Tier | None]], covered: int, tier: Tier, step: int
) -> tuple[int, int, Tier | None]:
    return best[max(0, covered - tier.duration_minutes // step)]


def _walk_back(best: list[tuple[int, int, Tier | None]], step: int) -> Iterable[Tier]:
    covered = len(best) - 1
    while covered > 0:
        tier = best[covered][2]
        assert tier is not None
        yield tier
        covered -= tier.duration_minutes // step
