"""How much of the open time is booked, by ISO week in studio time. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from src.addresses.localtime import local_date, midnight
from src.calendars.service import Span

MINUTE = timedelta(minutes=1)
WEEK = timedelta(days=7)
RATE_DIGITS = 4


@dataclass
class Tally:
    """Sums; `revenue` by currency, in minor units."""

    bookings: int = 0
    cancellations: int = 0
    booked_minutes: int = 0
    open_minutes: int = 0
    revenue: Counter[str] = field(default_factory=Counter)

    def add(self, other: "Tally") -> None:
        self.bookings += other.bookings
        self.cancellations += other.cancellations
        self.booked_minutes += other.booked_minutes
        self.open_minutes += other.open_minutes
        for currency, amount in other.revenue.items():
            self.revenue[currency] += amount

    @property
    def occupancy_rate(self) -> float | None:
        if self.open_minutes == 0:
            return None
        return round(self.booked_minutes / self.open_minutes, RATE_DIGITS)


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def weeks_of(first: date, last: date) -> list[date]:
    """The Mondays of the weeks that the days `[first, last)` touch."""
    monday = monday_of(first)
    return [monday + number * WEEK for number in range(-(-(last - monday).days // WEEK.days))]


def name_of(monday: date) -> str:
    """`2027-W09`."""
    year, week, _ = monday.isocalendar()
    return f"{year}-W{week:02d}"


def minutes_by_week(spans: Iterable[Span], zone: ZoneInfo, first: date, last: date) -> Counter[date]:
    """Elapsed minutes of the spans within the local days `[first, last)`, by the Monday of their week."""
    opens, closes = midnight(first, zone), midnight(last, zone)
    minutes: Counter[date] = Counter()
    for span in spans:
        starts_at, ends_at = max(span.starts_at, opens), min(span.ends_at, closes)
        while starts_at < ends_at:
            monday = monday_of(local_date(starts_at, zone))
            until = min(ends_at, midnight(monday + WEEK, zone))
            minutes[monday] += int((until - starts_at) / MINUTE)
            starts_at = until
    return minutes
