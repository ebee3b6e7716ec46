"""The bill of a booking: the room, what is rented with it, tax, and our own share. Pure.

Integer minor units. Every rounding is half up, except the room's lines under price rules (`pricing`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from src.core import money

HOUR_MINUTES = 60


class ItemKind(StrEnum):
    ROOM = "room"
    EQUIPMENT = "equipment"
    SERVICE = "service"
    SEAT = "seat"
    TAX = "tax"


class Charged(StrEnum):
    PER_HOUR = "per_hour"
    PER_BOOKING = "per_booking"


@dataclass(frozen=True, slots=True)
class Item:
    """A line of the bill."""

    kind: ItemKind
    description: str
    quantity: int
    unit_amount: int

    @property
    def amount(self) -> int:
        return self.quantity * self.unit_amount


@dataclass(frozen=True, slots=True)
class Extra:
    """Equipment that is rented, or the service of a professional, at a price for an hour or for the booking."""

    kind: ItemKind
    description: str
    quantity: int
    unit_amount: int
    charged: Charged

    def item(self, minutes: int) -> Item:
        """By elapsed time, to the minute."""
        amount = self.unit_amount
        if self.charged is Charged.PER_HOUR:
            amount = (2 * amount * minutes + HOUR_MINUTES) // (2 * HOUR_MINUTES)
        return Item(self.kind, self.description, self.quantity, amount)


@dataclass(frozen=True, slots=True)
class Terms:
    """What the company's prices mean: with or without tax, and what the platform keeps of them."""

    tax_rate_bp: int
    prices_include_tax: bool
    platform_fee_bp: int


@dataclass(frozen=True, slots=True)
class Quote:
    """Items sum to the total. The tax is contained in it; so is the fee, which is no line and not the customer's."""

    items: tuple[Item, ...]
    total: int
    tax: int
    platform_fee: int


def quote(room: Iterable[Item], *, extras: Iterable[Extra] = (), minutes: int, terms: Terms) -> Quote:
    """Tax that prices don't include becomes the last item. The fee is a share of the total without tax."""
    items = (*room, *(extra.item(minutes) for extra in extras))
    total = sum(item.amount for item in items)
    if terms.prices_include_tax:
        tax = _contained(total, terms.tax_rate_bp)
    else:
        tax = money.share(total, terms.tax_rate_bp)
        total += tax
        if tax:
            items = (*items, Item(ItemKind.TAX, _name_of_tax(terms.tax_rate_bp), 1, tax))
    return Quote(items, total, tax, platform_fee=money.share(total - tax, terms.platform_fee_bp))


def _contained(gross: int, rate_bp: int) -> int:
    """The tax in an amount that includes it: `rate / (100 % + rate)` of it."""
    whole = money.BASIS_POINTS + rate_bp
    return (2 * gross * rate_bp + whole) // (2 * whole)


def _name_of_tax(rate_bp: int) -> str:
    percent = f"{rate_bp // 100}.{rate_bp % 100:02}".rstrip("0").rstrip(".")
    return f"Tax, {percent} %"
