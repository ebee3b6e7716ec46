"""Opening hours: a weekly plan in local time, and the spans of real time in which it means open. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from src.addresses.enums import HoursMode
from src.addresses.exceptions import OverlappingHoursError
from src.addresses.localtime import days_between, instant_of, midnight
from src.calendars.service import Span

MINUTES_OF_DAY = 24 * 60
MINUTES_OF_WEEK = 7 * MINUTES_OF_DAY


@dataclass(frozen=True, slots=True)
class WeeklyHours:
    """One span of a weekday (0 is Monday). `closes` at or before `opens` means the next day."""

    weekday: int
    mode: HoursMode
    opens: time | None
    closes: time | None

    @property
    def is_bookable(self) -> bool:
        return self.mode in {HoursMode.OPEN, HoursMode.AROUND_THE_CLOCK}


def open_spans(hours: Sequence[WeeklyHours], zone: ZoneInfo, first: date, last: date) -> list[Span]:
    """When the studio can be booked on the local days `[first, last)`, merged and in order.

    A span that began the night before is there from its own start, one that ends after `last` to its end.
    """
    spans = [
        _span_on(day, entry, zone)
        for day in days_between(first - timedelta(days=1), last)
        for entry in hours
        if entry.weekday == day.weekday() and entry.is_bookable
    ]
    return merge(span for span in spans if span.starts_at < span.ends_at)


def _span_on(day: date, entry: WeeklyHours, zone: ZoneInfo) -> Span:
    next_day = day + timedelta(days=1)
    if entry.opens is None or entry.closes is None:
        return Span(midnight(day, zone), midnight(next_day, zone))
    closing_day = next_day if entry.closes <= entry.opens else day
    return Span(
        instant_of(datetime.combine(day, entry.opens), zone),
        instant_of(datetime.combine(closing_day, entry.closes), zone),
    )


def merge(spans: Iterable[Span]) -> list[Span]:
    """The same time as few spans as possible, in order; spans that touch become one."""
    merged: list[Span] = []
    for span in sorted(spans, key=lambda span: span.starts_at):
        if merged and span.starts_at <= merged[-1].ends_at:
            merged[-1] = Span(merged[-1].starts_at, max(merged[-1].ends_at, span.ends_at))
        else:
            merged.append(span)
    return merged


def is_within(spans: Sequence[Span], wanted: Span) -> bool:
    """Whether the wanted time lies in one of the merged spans."""
    return any(span.starts_at <= wanted.starts_at and wanted.ends_at <= span.ends_at for span in spans)


def refuse_overlaps(hours: Sequence[WeeklyHours]) -> None:
    """Raises `OverlappingHoursError`; the night of Sunday to Monday counts too."""
    taken = sorted(_minutes_of_week(entry) for entry in hours if entry.is_bookable)
    following = [*taken[1:], *((start + MINUTES_OF_WEEK, end) for start, end in taken[:1])]
    if any(end > next_start for (_, end), (next_start, _) in zip(taken, following, strict=True)):
        raise OverlappingHoursError


def _minutes_of_week(entry: WeeklyHours) -> tuple[int, int]:
    day = entry.weekday * MINUTES_OF_DAY
    if entry.opens is None or entry.closes is None:
        return day, day + MINUTES_OF_DAY
    opens = entry.opens.hour * 60 + entry.opens.minute
    closes = entry.closes.hour * 60 + entry.closes.minute
    return day + opens, day + (closes if closes > opens else closes + MINUTES_OF_DAY)
