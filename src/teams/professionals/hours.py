"""When a professional works: a weekly plan in the local time of whatever studio they work at. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from src.calendars.service import Span
from src.teams.exceptions import OverlappingWorkingHoursError

ONE_DAY = timedelta(days=1)
MINUTES_OF_DAY = 24 * 60
MINUTES_OF_WEEK = 7 * MINUTES_OF_DAY


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """One span of a weekday (0 is Monday). `closes` at or before `opens` means the next day."""

    weekday: int
    opens: time
    closes: time


def is_working(hours: Sequence[WorkingHours], zone: ZoneInfo, wanted: Span) -> bool:
    """Whether all of the wanted time is working time there; spans that touch are one."""
    reached = wanted.starts_at
    first = wanted.starts_at.astimezone(zone).date() - ONE_DAY
    last = wanted.ends_at.astimezone(zone).date()
    for span in sorted(_spans(hours, zone, first, last), key=lambda span: span.starts_at):
        if span.starts_at <= reached:
            reached = max(reached, span.ends_at)
    return reached >= wanted.ends_at


def _spans(hours: Sequence[WorkingHours], zone: ZoneInfo, first: date, last: date) -> list[Span]:
    days = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
    return [_span_on(day, entry, zone) for day in days for entry in hours if entry.weekday == day.weekday()]


def _span_on(day: date, entry: WorkingHours, zone: ZoneInfo) -> Span:
    last_day = day + ONE_DAY if entry.closes <= entry.opens else day
    return Span(_instant(day, entry.opens, zone), _instant(last_day, entry.closes, zone))


def _instant(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """As for opening hours: of a time that exists twice the first one, one that is skipped moves forward."""
    return datetime.combine(day, wall, tzinfo=zone).astimezone(UTC)


def refuse_overlaps(hours: Sequence[WorkingHours]) -> None:
    """Raises `OverlappingWorkingHoursError`; the night of Sunday to Monday counts too."""
    taken = sorted(_minutes_of_week(entry) for entry in hours)
    following = [*taken[1:], *((start + MINUTES_OF_WEEK, end) for start, end in taken[:1])]
    if any(end > next_start for (_, end), (next_start, _) in zip(taken, following, strict=True)):
        raise OverlappingWorkingHoursError


def _minutes_of_week(entry: WorkingHours) -> tuple[int, int]:
    opens, closes = (
        entry.weekday * MINUTES_OF_DAY + at.hour * 60 + at.minute for at in (entry.opens, entry.closes)
    )
    return opens, closes if closes > opens else closes + MINUTES_OF_DAY
