"""The busy time of a calendar's text: all occurrences of its events within a window. A process of its own.

Text of strangers can ask for more work than there is (`FREQ=SECONDLY` since 1970), inside of library calls that no
thread can be stopped in. So the worker runs `python -m src.calendars.imports.expansion`, which limits itself by the
kernel: seconds of CPU and memory. It imports nothing of the product.
"""

import json
import resource
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar

MEMORY_BYTES: Final = 1024 * 1024 * 1024
LONGEST_SUMMARY: Final = 200
MOST_EVENTS: Final = 2_000
ONE_DAY: Final = timedelta(days=1)
# What the libraries raise for values that make no sense; the rest of such a calendar is still good.
SENSELESS: Final = (
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    OverflowError,
    ArithmeticError,
)

Busy = tuple[datetime, datetime, str]


class NotACalendarError(Exception):
    pass


def busy_time(
    content: bytes, *, zone: ZoneInfo, first: datetime, last: datetime, own_host: str
) -> tuple[list[Busy], bool]:
    """Start, end and summary within `[first, last)`, in order, each time once; and whether some can't be understood.

    Transparent and cancelled events are free. All-day and floating events are meant in `zone`. Events with ids of
    our own are left out: a calendar that shows our bookings doesn't take their time again.
    """
    found: dict[tuple[datetime, datetime], str] = {}
    has_unreadable = False
    for calendar in _calendars(content):
        has_unreadable |= any(event.errors for event in calendar.walk("VEVENT"))
        _drop_own(calendar, own_host)
        events, is_partial = _occurrences(calendar, first - ONE_DAY, last + ONE_DAY)
        has_unreadable |= is_partial
        for event in events:
            if not _takes_time(event):
                continue
            try:
                starts_at = max(_instant(event.decoded("DTSTART"), zone), first)
                ends_at = min(_instant(event.decoded("DTEND"), zone), last)
            except SENSELESS:
                has_unreadable = True
                continue
            if starts_at < ends_at:
                found.setdefault((starts_at, ends_at), _summary(event))
    return [(*times, summary) for times, summary in sorted(found.items())], has_unreadable


def _calendars(content: bytes) -> list[Calendar]:
    """Raises `NotACalendarError`."""
    try:
        found: list[Any] = list(
            Calendar.from_ical(content.decode("utf-8-sig", errors="replace"), multiple=True)
        )
    except SENSELESS as error:
        raise NotACalendarError from error
    if not found or any(component.name != "VCALENDAR" for component in found):
        raise NotACalendarError
    return found


def _drop_own(calendar: Calendar, own_host: str) -> None:
    calendar.subcomponents = [
        component
        for component in calendar.subcomponents
        if not (component.name == "VEVENT" and str(component.get("UID", "")).endswith(f"@{own_host}"))
    ]


def _occurrences(calendar: Calendar, first: datetime, last: datetime) -> tuple[list[Any], bool]:
    """Of all events, or, when one of them makes no sense, of each series that does."""
    try:
        return recurring_ical_events.of(calendar).between(first, last), False
    except SENSELESS:
        found: list[Any] = []
        for series in _series(calendar):
            with suppress(*SENSELESS):
                found += recurring_ical_events.of(series).between(first, last)
        return found, True


def _series(calendar: Calendar) -> Iterator[Calendar]:
    """A calendar for each event with its exceptions."""
    events = defaultdict(list)
    for event in calendar.walk("VEVENT"):
        events[str(event.get("UID"))].append(event)
    for together in events.values():
        series = Calendar(calendar)
        series.subcomponents = [*calendar.walk("VTIMEZONE"), *together]
        yield series


def _takes_time(event: Any) -> bool:
    is_free = str(event.get("TRANSP", "OPAQUE")).upper() == "TRANSPARENT"
    return not is_free and str(event.get("STATUS", "")).upper() != "CANCELLED"


def _instant(moment: datetime | date, zone: ZoneInfo) -> datetime:
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time.min)
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def _summary(event: Any) -> str:
    text = "".join(c if c.isprintable() else " " for c in str(event.get("SUMMARY", "")))
    return " ".join(text.split())[:LONGEST_SUMMARY]


def main(cpu_seconds: str, zone: str, first: str, last: str, own_host: str) -> None:
    """The calendar comes on stdin, JSON goes to stdout; what takes too much ends without any."""
    resource.setrlimit(resource.RLIMIT_CPU, (int(cpu_seconds), int(cpu_seconds)))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    answer: dict[str, Any]
    try:
        events, has_unreadable = busy_time(
            sys.stdin.buffer.read(),
            zone=ZoneInfo(zone),
            first=datetime.fromisoformat(first),
            last=datetime.fromisoformat(last),
            own_host=own_host,
        )
    except NotACalendarError:
        answer = {"problem": "not_a_calendar"}
    else:
        if len(events) > MOST_EVENTS:
            answer = {"problem": "too_many_events"}
        else:
            written = [[starts.isoformat(), ends.isoformat(), summary] for starts, ends, summary in events]
            answer = {"events": written, "has_unreadable_events": has_unreadable}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
