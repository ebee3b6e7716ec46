"""When a room is free: opening hours, less what is taken, within notice and horizon. Pure.

Works on whole minutes since the epoch, which makes two months of start times cheap.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from src.addresses.hours import open_spans
from src.addresses.localtime import days_between, midnight
from src.calendars.service import Span
from src.rooms.offers import Offer, wall_time_of_day

DAY_MINUTES = 24 * 60
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

Interval = tuple[int, int]  # half-open, minutes since the epoch


@dataclass(frozen=True, slots=True)
class DayAvailability:
    """A local day: free spans cut at midnight, and starts at which the wished duration fits, maybe past it."""

    date: date
    free: list[Span]
    starts: list[datetime]


def window(offer: Offer, first: date, last: date) -> Span:
    """The real time whose occupancies matter for the local days `[first, last)`: bookings may run past it."""
    margin = (offer.max_minutes + offer.buffer_before_minutes + offer.buffer_after_minutes) * MINUTE
    return Span(midnight(first, offer.zone) - margin, midnight(last, offer.zone) + margin)


def availability(
    offer: Offer, *, busy: Sequence[Span], first: date, last: date, duration_minutes: int, now: datetime
) -> list[DayAvailability]:
    """For each local day of `[first, last)`; `busy` has to cover `window(…)`, in order of start.

    A duration that the room is not let for starts nowhere.
    """
    lookahead = timedelta(minutes=offer.max_minutes) + timedelta(days=1)
    opened = [_interval(span) for span in open_spans(offer.hours, offer.zone, first, last + lookahead)]
    free = list(_intersect(_intersect(opened, _gaps(offer, busy)), [_bookable_window(offer, now)]))
    return [_day(offer, day, free, duration_minutes) for day in days_between(first, last)]


def _bookable_window(offer: Offer, now: datetime) -> Interval:
    return _minute_after(offer.earliest_start(now)), _minute_before(offer.latest_end(now))


def _gaps(offer: Offer, busy: Iterable[Span]) -> Iterator[Interval]:
    """The time between what is taken, less the room's own buffers on both sides."""
    free_from = 0
    for span in busy:
        free_until = _minute_before(span.starts_at) - offer.buffer_after_minutes
        if free_until > free_from:
            yield free_from, free_until
        free_from = max(free_from, _minute_after(span.ends_at) + offer.buffer_before_minutes)
    yield free_from, _minute_before(datetime.max.replace(tzinfo=UTC))


def _intersect(left: Iterable[Interval], right: Iterable[Interval]) -> Iterator[Interval]:
    """Of two sorted lists without overlaps, by walking both once."""
    lefts, rights = iter(left), iter(right)
    a, b = next(lefts, None), next(rights, None)
    while a is not None and b is not None:
        start, end = max(a[0], b[0]), min(a[1], b[1])
        if start < end:
            yield start, end
        if a[1] <= b[1]:
            a = next(lefts, None)
        else:
            b = next(rights, None)


def _day(offer: Offer, day: date, free: Sequence[Interval], duration_minutes: int) -> DayAvailability:
    opens = _minute_after(midnight(day, offer.zone))
    closes = _minute_after(midnight(day + timedelta(days=1), offer.zone))
    touching = [interval for interval in free if max(interval[0], opens) < min(interval[1], closes)]
    starts = [
        start
        for interval in (touching if offer.is_let_for(duration_minutes) else [])
        for start in _grid(offer, opens, closes, max(interval[0], opens), min(interval[1], closes))
        if start + duration_minutes <= interval[1]
    ]
    return DayAvailability(
        date=day,
        free=[Span(_instant(max(start, opens)), _instant(min(end, closes))) for start, end in touching],
        starts=[_instant(start) for start in starts],
    )


def _grid(offer: Offer, opens: int, closes: int, start: int, end: int) -> Iterable[int]:
    """Minutes of `[start, end)` at which the studio's clock shows a multiple of the slot."""
    if closes - opens == DAY_MINUTES:
        return range(
            opens + -(-(start - opens) // offer.slot_minutes) * offer.slot_minutes, end, offer.slot_minutes
        )
    slot = offer.slot_minutes * MINUTE
    return [
        minute for minute in range(start, end) if not wall_time_of_day(_instant(minute), offer.zone) % slot
    ]


def _interval(span: Span) -> Interval:
    return _minute_after(span.starts_at), _minute_before(span.ends_at)


def _minute_before(instant: datetime) -> int:
    return (instant - EPOCH) // MINUTE


def _minute_after(instant: datetime) -> int:
    return -((EPOCH - instant) // MINUTE)


def _instant(minute: int) -> datetime:
    return EPOCH + minute * MINUTE
