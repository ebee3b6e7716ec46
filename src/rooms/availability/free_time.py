"""When a room is free: opening hours, less what is taken, within notice and horizon. Pure.

Works on whole minutes since the epoch, which makes two months of start times cheap.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from src.addresses.hours import open_spans
from src.addresses.localtime import days_between, midnight
from src.calendars.service import Span
from src.rooms.enums import Reason
from src.rooms.offers import Offer, wall_time_of_day

DAY_MINUTES = 24 * 60
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

Interval = tuple[int, int]  # half-open, minutes since the epoch


# The beginning and the end of time, for what has none.
FIRST, LAST = (
    (datetime.min.replace(tzinfo=UTC) - EPOCH) // MINUTE,
    (datetime.max.replace(tzinfo=UTC) - EPOCH) // MINUTE,
)


@dataclass(frozen=True, slots=True)
class Unavailable:
    span: Span
    reason: Reason


@dataclass(frozen=True, slots=True)
class DayAvailability:
    """A local day: free spans cut at midnight, and starts at which the wished duration fits, maybe past it.

    `unavailable`, where it was asked for, is the rest of the day, and free spans that are too short.
    """

    date: date
    free: list[Span]
    starts: list[datetime]
    unavailable: list[Unavailable] | None = None


def window(offer: Offer, first: date, last: date) -> Span:
    """The real time whose occupancies matter for the local days `[first, last)`: bookings may run past it."""
    margin = (offer.max_minutes + offer.buffer_before_minutes + offer.buffer_after_minutes) * MINUTE
    return Span(midnight(first, offer.zone) - margin, midnight(last, offer.zone) + margin)


def availability(
    offer: Offer,
    *,
    busy: Sequence[Span],
    first: date,
    last: date,
    duration_minutes: int,
    now: datetime,
    explain: bool = False,
) -> list[DayAvailability]:
    """For each local day of `[first, last)`; `busy` has to cover `window(…)`, in order of start.

    A duration that the room is not let for starts nowhere.
    """
    # A booking may run on past the last day, and a day that doesn't exist (Samoa, 2011) is no time at all.
    lookahead = timedelta(days=offer.max_minutes // DAY_MINUTES + 2)
    opened = [_interval(span) for span in open_spans(offer.hours, offer.zone, first, last + lookahead)]
    free = list(_intersect(_intersect(opened, _gaps(offer, busy)), [_bookable_window(offer, now)]))
    days = [_day(offer, day, free, duration_minutes) for day in days_between(first, last)]
    if explain:
        reasons = _reasons(offer, opened=opened, busy=busy, free=free, duration=duration_minutes, now=now)
        period = _bounds(offer, first)[0], _bounds(offer, last)[0]
        unavailable = list(_explained(period, reasons))
        days = [replace(day, unavailable=_cut(unavailable, _bounds(offer, day.date))) for day in days]
    return days


def _reasons(
    offer: Offer,
    *,
    opened: Sequence[Interval],
    busy: Sequence[Span],
    free: Sequence[Interval],
    duration: int,
    now: datetime,
) -> list[tuple[Reason, list[Interval]]]:
    """Why time can't be had. Where several hold the first says it: what lasts comes before what passes."""
    minute, earliest, latest = _minute_after(now), *_bookable_window(offer, now)
    return [
        (Reason.PAST, [(FIRST, minute)]),
        (Reason.CLOSED, _complement(opened)),
        (Reason.TAKEN, _merged(_outer(span) for span in busy)),
        (Reason.BUFFER, _complement(_gaps(offer, busy))),
        (Reason.NOTICE, [(FIRST, earliest)]),
        (Reason.HORIZON, [(latest, LAST)]),
        (Reason.TOO_SHORT, [(start, end) for start, end in free if end - start < duration]),
    ]


def _explained(
    period: Interval, reasons: Iterable[tuple[Reason, list[Interval]]]
) -> Iterator[tuple[Interval, Reason]]:
    """Each stretch of the period that has a reason, with its first."""
    rest = [period]
    for reason, intervals in reasons:
        yield from ((interval, reason) for interval in _intersect(rest, intervals))
        rest = list(_intersect(rest, _complement(intervals)))


def _cut(explained: Iterable[tuple[Interval, Reason]], day: Interval) -> list[Unavailable]:
    """What lies on the day, in order."""
    on_day = sorted(
        (max(start, day[0]), min(end, day[1]), reason)
        for (start, end), reason in explained
        if max(start, day[0]) < min(end, day[1])
    )
    return [Unavailable(Span(_instant(start), _instant(end)), reason) for start, end, reason in on_day]


def _bounds(offer: Offer, day: date) -> Interval:
    next_day = day + timedelta(days=1)
    return _minute_after(midnight(day, offer.zone)), _minute_after(midnight(next_day, offer.zone))


def _complement(intervals: Iterable[Interval]) -> list[Interval]:
    """All other time, of a sorted list without overlaps."""
    others, begun = [], FIRST
    for start, end in intervals:
        if begun < start:
            others.append((begun, start))
        begun = end
    return [*others, (begun, LAST)] if begun < LAST else others


def _merged(intervals: Iterable[Interval]) -> list[Interval]:
    """Of a list in order of start."""
    merged: list[Interval] = []
    for start, end in intervals:
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], end)
        else:
            merged.append((start, end))
    return merged


def _bookable_window(offer: Offer, now: datetime) -> Interval:
    return _minute_after(offer.earliest_start(now)), _minute_before(offer.latest_end(now))


def _gaps(offer: Offer, busy: Iterable[Span]) -> Iterator[Interval]:
    """The time between what is taken, less the room's own buffers on both sides."""
    free_from = FIRST
    for span in busy:
        free_until = _minute_before(span.starts_at) - offer.buffer_after_minutes
        if free_until > free_from:
            yield free_from, free_until
        free_from = max(free_from, _minute_after(span.ends_at) + offer.buffer_before_minutes)
    yield free_from, LAST


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
    opens, closes = _bounds(offer, day)
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


def _outer(span: Span) -> Interval:
    return _minute_before(span.starts_at), _minute_after(span.ends_at)


def _minute_before(instant: datetime) -> int:
    return (instant - EPOCH) // MINUTE


def _minute_after(instant: datetime) -> int:
    return -((EPOCH - instant) // MINUTE)


def _instant(minute: int) -> datetime:
    return EPOCH + minute * MINUTE
