"""When a studio receives visitors. Pure.

The plan is a week of hours. Visits start one after the other from the beginning of each span, `visit` and `buffer`
apart. Closures of the studio take time away without shifting the rest; on a special day visitors come only while the
studio is there, by appointment included.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from src.addresses.enums import HoursMode
from src.addresses.hours import (
    ClosedDates,
    DayHours,
    OpeningPlan,
    SpecialDay,
    WeeklyHours,
    merge,
    open_spans,
    span_of,
    subtract,
)
from src.addresses.localtime import local_date
from src.appointments.enums import NotThen
from src.appointments.exceptions import NotAVisitingTimeError
from src.calendars.service import Span

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Desk:
    """`studio` is the plan of the studio itself: its closures and special days close the desk too."""

    resource_id: int
    zone: ZoneInfo
    hours: tuple[WeeklyHours, ...]
    studio: OpeningPlan
    is_offered: bool
    is_confirmed_at_once: bool
    visit: timedelta
    buffer: timedelta
    notice: timedelta
    horizon: timedelta

    def visit_at(self, starts_at: datetime) -> Span:
        return Span(starts_at, starts_at + self.visit)

    def occupied(self, visit: Span) -> Span:
        """What a visit takes of the desk's time."""
        return Span(visit.starts_at, visit.ends_at + self.buffer)

    def starts(self, first: date, last: date) -> list[datetime]:
        """On the local days `[first, last)`, taken or not, in order."""
        planned = OpeningPlan(weekly=self.hours)
        closures = (*self.studio.closures, *self._closed_on_special_days())
        grid = (
            start
            for span in open_spans(planned, self.zone, first, last)
            for start in self._starts_within(span)
        )
        received = open_spans(replace(planned, closures=closures), self.zone, first, last)
        return list(_fitting(grid, received, self.visit))

    def free_starts(self, first: date, last: date, *, busy: Sequence[Span], now: datetime) -> list[datetime]:
        """Those that can be had; `busy` covers `window(…)` of the same days."""
        possible = (start for start in self.starts(first, last) if self._out_of_reach(start, now) is None)
        gaps = subtract([self.window(first, last)], merge(busy))
        return list(_fitting(possible, gaps, self.visit + self.buffer))

    def window(self, first: date, last: date) -> Span:
        """The real time whose occupancies matter for these days."""
        days = span_of(ClosedDates(first, last - ONE_DAY), self.zone)
        return Span(days.starts_at - ONE_DAY, days.ends_at + ONE_DAY)

    def check(self, visit: Span, *, now: datetime) -> None:
        """Whether somebody may wish for it, taken or not. Raises `NotAVisitingTimeError`."""
        reason = self._out_of_reach(visit.starts_at, now)
        day = local_date(visit.starts_at, self.zone)
        if reason is None and visit.starts_at not in self.starts(day, day + ONE_DAY):
            reason = NotThen.CLOSED
        if reason is not None:
            raise NotAVisitingTimeError(reason=reason)

    def _out_of_reach(self, start: datetime, now: datetime) -> NotThen | None:
        if start <= now:
            return NotThen.PAST
        if start < now + self.notice:
            return NotThen.NOTICE
        return NotThen.HORIZON if start > now + self.horizon else None

    def _starts_within(self, span: Span) -> Iterator[datetime]:
        start = span.starts_at
        while start + self.visit <= span.ends_at:
            yield start
            start += self.visit + self.buffer

    def _closed_on_special_days(self) -> Iterator[Span]:
        for special in self.studio.special_days:
            days = span_of(ClosedDates(special.first, special.last), self.zone)
            present = OpeningPlan(special_days=(_with_visitors(special),))
            yield from subtract([days], open_spans(present, self.zone, special.first, special.last + ONE_DAY))


def _with_visitors(special: SpecialDay) -> SpecialDay:
    """What is by appointment is open for a visit, without times all day long."""
    return replace(special, hours=tuple(_for_visitors(entry) for entry in special.hours))


def _for_visitors(entry: DayHours) -> DayHours:
    if entry.mode is not HoursMode.BY_APPOINTMENT:
        return entry
    return replace(entry, mode=HoursMode.OPEN if entry.opens else HoursMode.AROUND_THE_CLOCK)


def _fitting(starts: Iterable[datetime], spans: Iterable[Span], length: timedelta) -> Iterator[datetime]:
    """Those of the starts at which the length fits into one of the spans; both are in order."""
    rest = iter(spans)
    span = next(rest, None)
    for start in starts:
        while span is not None and span.ends_at < start + length:
            span = next(rest, None)
        if span is not None and span.starts_at <= start:
            yield start
