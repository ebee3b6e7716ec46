"""When a studio is open: a plan in local time, and the spans of real time that it means. Pure.

The plan is made of three layers. The weekly hours say what is usual. A special day replaces them for the spans that
would begin on its dates; a night that began the evening before still ends when it ends. Closures take time away from
whatever the other two say, in the middle of a night too.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from src.addresses.enums import HoursMode
from src.addresses.exceptions import ContradictoryHoursError, OverlappingHoursError
from src.addresses.localtime import days_between, instant_of, local_date, midnight
from src.calendars.service import Span

MINUTES_OF_DAY = 24 * 60
MINUTES_OF_WEEK = 7 * MINUTES_OF_DAY
ONE_DAY = timedelta(days=1)

# How far ahead the next change of `open_state` is looked for: nearly always within the first.
LOOK_AHEAD_DAYS = (8, 100)


@dataclass(frozen=True, slots=True)
class DayHours:
    """One span of a day. `closes` at or before `opens` means the next day; without times it is the whole day."""

    mode: HoursMode
    opens: time | None = None
    closes: time | None = None


@dataclass(frozen=True, slots=True)
class WeeklyHours:
    """The same of a weekday (0 is Monday)."""

    weekday: int
    mode: HoursMode
    opens: time | None = None
    closes: time | None = None


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """What begins on the local dates `first` to `last`, both included, instead of the weekly hours."""

    first: date
    last: date
    label: str
    hours: tuple[DayHours, ...]


@dataclass(frozen=True, slots=True)
class ClosedDates:
    """Closed from the first minute of `first` to the last of `last`, in local time."""

    first: date
    last: date


Closure = ClosedDates | Span


@dataclass(frozen=True, slots=True)
class OpeningPlan:
    """`special_days` don't overlap; closures may."""

    weekly: tuple[WeeklyHours, ...] = ()
    special_days: tuple[SpecialDay, ...] = ()
    closures: tuple[Closure, ...] = ()

    def hours_on(self, day: date) -> Iterable[DayHours | WeeklyHours]:
        for special in self.special_days:
            if special.first <= day <= special.last:
                return special.hours
        return [entry for entry in self.weekly if entry.weekday == day.weekday()]


@dataclass(frozen=True, slots=True)
class OpenState:
    """`changes_at` is when it closes, or else opens next; None when that is not to be seen yet."""

    is_open: bool
    changes_at: datetime | None


def open_spans(plan: OpeningPlan, zone: ZoneInfo, first: date, last: date) -> list[Span]:
    """When the studio can be booked on the local days `[first, last)`, merged and in order.

    A span that began the night before is there from its own start, one that ends after `last` to its end.
    """
    # The night before may be two dates ago: Samoa went from the 29th to the 31st of December 2011.
    spans = [
        _span_on(day, entry.opens, entry.closes, zone)
        for day in days_between(first - 2 * ONE_DAY, last)
        for entry in plan.hours_on(day)
        if entry.mode.is_bookable
    ]
    begins = midnight(first, zone)
    opened = merge(span for span in spans if max(span.starts_at, begins) < span.ends_at)
    if not plan.closures:
        return opened
    return subtract(opened, merge(span_of(closure, zone) for closure in plan.closures))


def open_state(plan: OpeningPlan, zone: ZoneInfo, now: datetime) -> OpenState:
    """Whether the studio is open at this moment, and until when that stays so."""
    today = local_date(now, zone)
    is_open = False
    for days in LOOK_AHEAD_DAYS:
        last = today + timedelta(days=days)
        spans = [span for span in open_spans(plan, zone, today, last) if span.ends_at > now]
        is_open = bool(spans) and spans[0].starts_at <= now
        if is_open and spans[0].ends_at < midnight(last, zone):
            return OpenState(is_open=True, changes_at=spans[0].ends_at)
        if spans and not is_open:
            return OpenState(is_open=False, changes_at=spans[0].starts_at)
    return OpenState(is_open=is_open, changes_at=None)


def span_of(closure: Closure, zone: ZoneInfo) -> Span:
    if isinstance(closure, Span):
        return closure
    return Span(midnight(closure.first, zone), midnight(closure.last + ONE_DAY, zone))


def _span_on(day: date, opens: time | None, closes: time | None, zone: ZoneInfo) -> Span:
    next_day = day + ONE_DAY
    if opens is None or closes is None:
        return Span(midnight(day, zone), midnight(next_day, zone))
    closing_day = next_day if closes <= opens else day
    return Span(
        instant_of(datetime.combine(day, opens), zone),
        instant_of(datetime.combine(closing_day, closes), zone),
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


def subtract(spans: Sequence[Span], taken: Sequence[Span]) -> list[Span]:
    """What is left of the spans; both are merged."""
    left = []
    for span in spans:
        starts_at = span.starts_at
        for gone in taken:
            if gone.ends_at <= starts_at or gone.starts_at >= span.ends_at:
                continue
            if starts_at < gone.starts_at:
                left.append(Span(starts_at, gone.starts_at))
            starts_at = gone.ends_at
        if starts_at < span.ends_at:
            left.append(Span(starts_at, span.ends_at))
    return left


def is_within(spans: Sequence[Span], wanted: Span) -> bool:
    """Whether the wanted time lies in one of the merged spans."""
    return any(span.starts_at <= wanted.starts_at and wanted.ends_at <= span.ends_at for span in spans)


def check_week(hours: Sequence[WeeklyHours]) -> None:
    """Raises `OverlappingHoursError`, also over the night of Sunday to Monday, and `ContradictoryHoursError`."""
    for weekday in range(7):
        _check_whole_days([entry for entry in hours if entry.weekday == weekday])
    taken = sorted(
        _minutes(entry, entry.weekday * MINUTES_OF_DAY) for entry in hours if _takes_its_time(entry)
    )
    _check_apart([*taken, *((start + MINUTES_OF_WEEK, end) for start, end in taken[:1])])


def check_day(hours: Sequence[DayHours]) -> None:
    """The same for the spans that begin on one special day."""
    _check_whole_days(hours)
    _check_apart(sorted(_minutes(entry, 0) for entry in hours if _takes_its_time(entry)))


def _takes_its_time(entry: DayHours | WeeklyHours) -> bool:
    return entry.mode is HoursMode.AROUND_THE_CLOCK or entry.opens is not None


def _check_whole_days(hours: Sequence[DayHours | WeeklyHours]) -> None:
    """A day that is closed, or by appointment without times, is nothing else as well."""
    if len(hours) > 1 and not all(_takes_its_time(entry) for entry in hours):
        raise ContradictoryHoursError


def _check_apart(taken: Sequence[tuple[int, int]]) -> None:
    if any(end > next_start for (_, end), (next_start, _) in pairwise(taken)):
        raise OverlappingHoursError


def _minutes(entry: DayHours | WeeklyHours, midnight_at: int) -> tuple[int, int]:
    if entry.opens is None or entry.closes is None:
        return midnight_at, midnight_at + MINUTES_OF_DAY
    opens = entry.opens.hour * 60 + entry.opens.minute
    closes = entry.closes.hour * 60 + entry.closes.minute
    return midnight_at + opens, midnight_at + (closes if closes > opens else closes + MINUTES_OF_DAY)
