"""An offer: everything that decides whether, when and for how much a room can be had. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from src.addresses.hours import WeeklyHours, is_within, open_spans
from src.addresses.localtime import local_date, requested_instant
from src.calendars.service import Span, Wish
from src.companies.enums import CancellationPolicy
from src.rooms import exceptions, pricing

MINUTE = timedelta(minutes=1)
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Offer:
    room_id: int
    room_name: str
    address_id: int
    company_id: int
    currency: str
    cancellation_policy: CancellationPolicy
    resource_ids: tuple[int, ...]
    zone: ZoneInfo
    hours: tuple[WeeklyHours, ...]
    tiers: tuple[pricing.Tier, ...]
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

    def is_let_for(self, minutes: int) -> bool:
        return self.min_minutes <= minutes <= self.max_minutes and minutes % self.slot_minutes == 0

    def wishes(self, span: Span) -> list[Wish]:
        """The time to take for a booking of this span: with buffers, on the room and all its parts."""
        occupied = Span(
            span.starts_at - self.buffer_before_minutes * MINUTE,
            span.ends_at + self.buffer_after_minutes * MINUTE,
        )
        return [Wish(resource_id, occupied) for resource_id in self.resource_ids]

    def price(self, span: Span) -> list[pricing.PriceItem]:
        """By elapsed time: a night that loses an hour to the clocks is an hour cheaper.

        Raises `RoomNotPricedError`.
        """
        if not self.tiers:
            raise exceptions.RoomNotPricedError
        return pricing.price(self.tiers, elapsed_minutes(span))


def elapsed_minutes(span: Span) -> int:
    return int((span.ends_at - span.starts_at) / MINUTE)


def requested_span(offer: Offer, *, starts_at: datetime, ends_at: datetime) -> Span:
    """The span of a request in UTC; times without offset are studio-local. Raises `LocalTimeSkippedError`."""
    return Span(requested_instant(starts_at, offer.zone), requested_instant(ends_at, offer.zone))


def check_rules(offer: Offer, span: Span, *, now: datetime) -> None:
    """Whether the room may be booked for this span, taken or not. Raises one of `RULE_ERRORS`."""
    _check_length(offer, span)
    _check_window(offer, span, now)
    first = local_date(span.starts_at, offer.zone)
    last = local_date(span.ends_at, offer.zone) + ONE_DAY
    if not is_within(open_spans(offer.hours, offer.zone, first, last), span):
        raise exceptions.OutsideOpeningHoursError


def _check_length(offer: Offer, span: Span) -> None:
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
    if span.starts_at < now:
        raise exceptions.InThePastError
    if span.starts_at < offer.earliest_start(now):
        raise exceptions.TooLittleNoticeError(notice_minutes=offer.notice_minutes)
    if span.ends_at > offer.latest_end(now):
        raise exceptions.BeyondHorizonError(horizon_days=offer.horizon_days)


def wall_time_of_day(instant: datetime, zone: ZoneInfo) -> timedelta:
    """What the studio's clock shows, since 00:00: starts lie on the slot grid of the clock on the wall."""
    wall = instant.astimezone(zone)
    return timedelta(hours=wall.hour, minutes=wall.minute, seconds=wall.second, microseconds=wall.microsecond)
