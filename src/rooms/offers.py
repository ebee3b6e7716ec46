"""An offer: everything that decides whether, when and for how much a room can be had. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from src.addresses.hours import OpeningPlan, is_within, open_spans
from src.addresses.localtime import local_date, requested_instant
from src.calendars.service import Span, Wish
from src.companies.enums import CancellationPolicy
from src.core import money
from src.rooms import exceptions
from src.rooms.enums import BookingMode
from src.rooms.pricing import quotes, rules
from src.rooms.pricing.quotes import Item, ItemKind
from src.rooms.pricing.tiers import PLAIN_PERCENT, Lengths, Tier, price, price_of_stretches

MINUTE = timedelta(minutes=1)
ONE_DAY = timedelta(days=1)
MINUTES_OF_HOUR = 60


@dataclass(frozen=True, slots=True)
class Offer:
    room_id: int
    revision: int
    address_revision: int
    company_revision: int
    room_name: str
    address_id: int
    company_id: int
    currency: str
    booking_mode: BookingMode
    cancellation_policy: CancellationPolicy
    cancellation_tiers: tuple[tuple[int, int], ...]
    resource_ids: tuple[int, ...]
    zone: ZoneInfo
    hours: OpeningPlan
    tiers: tuple[Tier, ...]
    price_rules: tuple[rules.PriceRule, ...]
    terms: quotes.Terms
    slot_minutes: int
    min_minutes: int
    max_minutes: int
    buffer_before_minutes: int
    buffer_after_minutes: int
    notice_minutes: int
    horizon_days: int

    def earliest_start(self, now: datetime) -> datetime:
        return now + self.notice_minutes * MINUTE

    def latest_end(self, now: datetime) -> datetime:
        return now + timedelta(days=self.horizon_days)

    def open_spans(self, first: date, last: date) -> list[Span]:
        """When the studio is open on the local days `[first, last)`, as `addresses.hours.open_spans` has it."""
        return open_spans(self.hours, self.zone, first, last)

    def is_let_for(self, minutes: int) -> bool:
        return self.min_minutes <= minutes <= self.max_minutes and minutes % self.slot_minutes == 0

    def occupied(self, span: Span) -> Span:
        """What a booking of this span takes, buffers included."""
        return Span(
            span.starts_at - self.buffer_before_minutes * MINUTE,
            span.ends_at + self.buffer_after_minutes * MINUTE,
        )

    def wishes(self, span: Span) -> list[Wish]:
        """The time to take for a booking of this span: with buffers, on the room and all its parts."""
        occupied = self.occupied(span)
        return [Wish(resource_id, occupied) for resource_id in self.resource_ids]

    def quote(self, span: Span, extras: Iterable[quotes.Extra] = ()) -> quotes.Quote:
        """By elapsed time: a night that loses an hour to the clocks is an hour cheaper.

        Raises `RoomNotPricedError`.
        """
        if not self.tiers:
            raise exceptions.RoomNotPricedError
        return quotes.quote(self._lines(span), extras=extras, minutes=elapsed_minutes(span), terms=self.terms)

    def _lines(self, span: Span) -> list[Item]:
        """A line a tier; where peak or off-peak hours apply a line each of them, and one for the rest."""
        parts = rules.split(self.price_rules, span, self.zone) if self.price_rules else []
        if all(part.stretch.percent == PLAIN_PERCENT for part in parts):
            return [
                self._line(_length(item.duration_minutes), item.quantity, item.unit_amount)
                for item in price(self.tiers, elapsed_minutes(span))
            ]
        total = price_of_stretches(
            self.tiers,
            [part.stretch for part in parts],
            Lengths(self.min_minutes, self.slot_minutes),
        )
        minutes: Counter[rules.PriceRule | None] = Counter()
        weights: Counter[rules.PriceRule | None] = Counter()
        for part in parts:
            minutes[part.rule] += part.minutes
            weights[part.rule] += part.stretch.weight
        amounts = money.apportion(total, list(weights.values()))
        return [
            self._line(f"{rule.name}, {_length(length)}" if rule else _length(length), 1, amount)
            for (rule, length), amount in zip(minutes.items(), amounts, strict=True)
        ]

    def _line(self, what: str, quantity: int, unit_amount: int) -> Item:
        return Item(ItemKind.ROOM, f"{self.room_name}, {what}", quantity, unit_amount)


def _length(minutes: int) -> str:
    hours, rest = divmod(minutes, MINUTES_OF_HOUR)
    return " ".join(part for part in (f"{hours} h" if hours else "", f"{rest} min" if rest else "") if part)


def elapsed_minutes(span: Span) -> int:
    return int((span.ends_at - span.starts_at) / MINUTE)


def requested_span(offer: Offer, *, starts_at: datetime, ends_at: datetime) -> Span:
    """The span of a request in UTC; times without offset are studio-local. Raises `LocalTimeSkippedError`."""
    return Span(requested_instant(starts_at, offer.zone), requested_instant(ends_at, offer.zone))


def check_rules(offer: Offer, span: Span, *, now: datetime) -> None:
    """Whether the room may be booked for this span, taken or not. Raises one of `RULE_ERRORS`."""
    check_length(offer, span)
    _check_window(offer, span, now)
    check_opening(offer, span)


def check_opening(offer: Offer, span: Span) -> None:
    """Raises `OutsideOpeningHoursError` unless the studio is open for all of it."""
    first = local_date(span.starts_at, offer.zone)
    last = local_date(span.ends_at, offer.zone) + ONE_DAY
    if not is_within(open_spans(offer.hours, offer.zone, first, last), span):
        raise exceptions.OutsideOpeningHoursError


def check_not_past(span: Span, *, now: datetime) -> None:
    """Raises `InThePastError`."""
    if span.starts_at < now:
        raise exceptions.InThePastError


def check_length(offer: Offer, span: Span) -> None:
    """The length that is let, on the grid of the studio's clock. Raises one of `RULE_ERRORS`."""
    if span.ends_at <= span.starts_at:
        raise exceptions.EndsBeforeStartError
    length = span.ends_at - span.starts_at
    if length < offer.min_minutes * MINUTE:
        raise exceptions.TooShortError(min_minutes=offer.min_minutes)
    if length > offer.max_minutes * MINUTE:
        raise exceptions.TooLongError(max_minutes=offer.max_minutes)
    slot = offer.slot_minutes * MINUTE
    if wall_time_of_day(span.starts_at, offer.zone) % slot or length % slot:
        raise exceptions.OffSlotGridError(slot_minutes=offer.slot_minutes)


def _check_window(offer: Offer, span: Span, now: datetime) -> None:
    check_not_past(span, now=now)
    if span.starts_at < offer.earliest_start(now):
        raise exceptions.TooLittleNoticeError(notice_minutes=offer.notice_minutes)
    if span.ends_at > offer.latest_end(now):
        raise exceptions.BeyondHorizonError(horizon_days=offer.horizon_days)


def wall_time_of_day(instant: datetime, zone: ZoneInfo) -> timedelta:
    """What the studio's clock shows, since 00:00: starts lie on the slot grid of the clock on the wall."""
    wall = instant.astimezone(zone)
    return timedelta(hours=wall.hour, minutes=wall.minute, seconds=wall.second, microseconds=wall.microsecond)
