"""What a room costs for a length of time. Pure; integer minor units throughout (docs/adr/0016).

The price of a duration is the cheapest set of tiers that covers it: three hours may be cheaper as "4 h" than as
three times "1 h". So the price never falls as the duration grows, and the order of the tiers does not matter.

Where peak or off-peak hours touch a booking, each minute bears an equal share of that price, times the percent of
its moment; and a booking never costs less than a shorter one that starts at the same time. Rounding: the total is
rounded once, half up, to at least 1; lines get their part of it by largest remainder, so they sum to it.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import gcd

PLAIN_PERCENT = 100


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


@dataclass(frozen=True, slots=True)
class Stretch:
    """That many minutes of a booking at that many percent of the price."""

    minutes: int
    percent: int

    @property
    def weight(self) -> int:
        return self.minutes * self.percent


@dataclass(frozen=True, slots=True)
class Lengths:
    """What the room can be booked for: `shortest` minutes, and each `slot` more."""

    shortest: int
    slot: int


# The cheapest cover of a length: its cost, its number of pieces, and the last of them.
_Cover = tuple[int, int, Tier | None]


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


def price_of_stretches(tiers: Iterable[Tier], stretches: Sequence[Stretch], lengths: Lengths) -> int:
    """The price of a booking of these stretches, in their order."""
    return _price_of_stretches(tuple(sorted(tiers)), tuple(stretches), lengths)


@lru_cache(maxsize=4096)
def _price_of_stretches(tiers: tuple[Tier, ...], stretches: tuple[Stretch, ...], lengths: Lengths) -> int:
    minutes = sum(stretch.minutes for stretch in stretches)
    step = gcd(minutes, lengths.shortest, lengths.slot, *(tier.duration_minutes for tier in tiers))
    covers = _cheapest_covers(tiers, minutes, step)
    until = [*range(lengths.shortest, minutes, lengths.slot), minutes]
    return max(
        1,
        *(
            _round_half_up(covers[length // step][0] * weight, PLAIN_PERCENT * length)
            for length, weight in zip(until, _weights(stretches, until), strict=True)
        ),
    )


def _weights(stretches: Iterable[Stretch], until: Iterable[int]) -> Iterable[int]:
    """For each length, in order: the percents of its minutes, added up."""
    rest = iter(stretches)
    stretch = next(rest)
    begun, weight = 0, 0  # minutes and weight of the stretches before
    for length in until:
        while length > begun + stretch.minutes:
            begun += stretch.minutes
            weight += stretch.weight
            stretch = next(rest)
        yield weight + (length - begun) * stretch.percent


def _round_half_up(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator)


@lru_cache(maxsize=4096)
def _cheapest_cover(tiers: tuple[Tier, ...], minutes: int) -> tuple[Tier, ...]:
    step = gcd(minutes, *(tier.duration_minutes for tier in tiers))
    return tuple(_walk_back(_cheapest_covers(tiers, minutes, step), step))


def _cheapest_covers(tiers: Sequence[Tier], minutes: int, step: int) -> list[_Cover]:
    """Of every number of steps up to the length. Unbounded covering knapsack."""
    best: list[_Cover] = [(0, 0, None)]
    for covered in range(1, minutes // step + 1):
        options = ((_before(best, covered, tier, step), tier) for tier in tiers)
        best.append(min((cost + tier.amount, pieces + 1, tier) for (cost, pieces, _), tier in options))
    return best


def _before(best: Sequence[_Cover], covered: int, tier: Tier, step: int) -> _Cover:
    return best[max(0, covered - tier.duration_minutes // step)]


def _walk_back(best: Sequence[_Cover], step: int) -> Iterable[Tier]:
    covered = len(best) - 1
    while covered > 0:
        tier = best[covered][2]
        assert tier is not None
        yield tier
        covered -= tier.duration_minutes // step
