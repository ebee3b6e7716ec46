"""Local wall-clock times of a studio and the instants they mean.

The written rule: a wall-clock time that exists twice (clocks go back) means its first occurrence; one that does
not exist (clocks go forward) is refused in a request, and in opening hours moves forward by the length of the
gap (opening at 02:30 on a night without 02:30 is 03:30). Durations are elapsed time, never wall-clock time.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from src.addresses.exceptions import LocalTimeSkippedError


def instant_of(wall: datetime, zone: ZoneInfo) -> datetime:
    """The instant in UTC of a naive wall-clock time; a skipped one moves forward by the gap."""
    return wall.replace(tzinfo=zone, fold=0).astimezone(UTC)


def requested_instant(when: datetime, zone: ZoneInfo) -> datetime:
    """A time of a request in UTC: as it is with an offset, studio-local without one.

    Raises `LocalTimeSkippedError`.
    """
    if when.tzinfo is not None:
        return when.astimezone(UTC)
    instant = instant_of(when, zone)
    if instant.astimezone(zone).replace(tzinfo=None) != when:
        raise LocalTimeSkippedError
    return instant


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The instant in UTC at which a local day starts, also where midnight is skipped."""
    return instant_of(datetime.combine(day, time.min), zone)


def local_date(instant: datetime, zone: ZoneInfo) -> date:
    return instant.astimezone(zone).date()


def days_between(first: date, last: date) -> list[date]:
    """Every day of `[first, last)`."""
    return [first + timedelta(days=offset) for offset in range((last - first).days)]
