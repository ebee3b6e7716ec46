"""Free spans and start times, against a model that asks for every minute: could it be booked?"""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from src.addresses.hours import is_within, open_spans
from src.addresses.localtime import days_between, midnight
from src.calendars.service import Span
from src.core.errors import ProblemError
from src.rooms.availability.free_time import availability, window
from src.rooms.offers import check_rules
from tests.addresses.test_hours import plans
from tests.addresses.zones import ODD_DAYS
from tests.rooms.examples import AROUND_THE_CLOCK, daily, offer
from tests.support.fuzzing import examples

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
NOW = datetime(2027, 6, 1, 9, 0, tzinfo=UTC)
JUNE = date(2027, 6, 2)


def overlaps(one, other):
    return one.starts_at < other.ends_at and other.starts_at < one.ends_at


def can_be_had(room, wanted, busy, now):
    """What `POST /bookings` does: the rules, then the claim."""
    try:
        check_rules(room, wanted, now=now)
    except ProblemError:
        return False
    return not any(overlaps(wish.span, taken) for wish in room.wishes(wanted) for taken in busy)


def naive_starts(room, busy, day, duration_minutes, now):
    first, end = midnight(day, room.zone), midnight(day + DAY, room.zone)
    # A start lies on a grid of five minutes at least, in every zone.
    candidates = (first + minutes * MINUTE for minutes in range(0, (end - first) // MINUTE, 5))
    return [at for at in candidates if can_be_had(room, Span(at, at + duration_minutes * MINUTE), busy, now)]


def naive_free_minutes(room, busy, day, now):
    """Minutes that are open, not taken nor in a buffer beside what is taken, neither too soon nor too far."""
    opened = open_spans(room.hours, room.zone, day, day + DAY)
    blocked = [
        Span(
            taken.starts_at - room.buffer_after_minutes * MINUTE,
            taken.ends_at + room.buffer_before_minutes * MINUTE,
        )
        for taken in busy
    ]
    first, end = midnight(day, room.zone), midnight(day + DAY, room.zone)
    minutes = (Span(at, at + MINUTE) for at in every_minute(first, end))
    return [
        minute.starts_at
        for minute in minutes
        if is_within(opened, minute)
        and not any(overlaps(minute, taken) for taken in blocked)
        and minute.starts_at >= room.earliest_start(now)
        and minute.ends_at <= room.latest_end(now)
    ]


def every_minute(start, end):
    return [start + count * MINUTE for count in range((end - start) // MINUTE)]


def minutes_of(spans):
    return [minute for span in spans for minute in every_minute(span.starts_at, span.ends_at)]


@st.composite
def rooms(draw, zone):
    slot = draw(st.sampled_from([5, 15, 20, 30, 60, 90, 120, 240, 480, 1440]))
    shortest = draw(st.integers(1, 4)) * slot
    return offer(
        zone,
        hours=draw(st.just(AROUND_THE_CLOCK) | st.just(daily("18:00", "04:00")) | plans()),
        slot_minutes=slot,
        min_minutes=shortest,
        max_minutes=shortest + draw(st.integers(0, 8)) * slot,
        buffer_before_minutes=draw(st.integers(0, 90)),
        buffer_after_minutes=draw(st.integers(0, 90)),
        notice_minutes=draw(st.integers(0, 1500)),
        horizon_days=draw(st.integers(1, 5)),
    )


@st.composite
def cases(draw):
    odd = draw(st.sampled_from(ODD_DAYS))
    first = odd.day + draw(st.integers(-2, 1)) * DAY
    last = first + draw(st.integers(1, 3)) * DAY
    room = draw(rooms(odd.zone))
    looked_at = window(room, first, last)
    length = (looked_at.ends_at - looked_at.starts_at) // timedelta(seconds=1)
    busy = sorted(
        (
            Span(looked_at.starts_at + start * timedelta(seconds=1), looked_at.starts_at + end * MINUTE)
            for start, minutes in draw(
                st.lists(st.tuples(st.integers(0, length), st.integers(1, 600)), max_size=5)
            )
            for end in [start // 60 + minutes]
        ),
        key=lambda span: span.starts_at,
    )
    duration = draw(st.integers(1, 12)) * draw(st.sampled_from([room.slot_minutes, 5]))
    now = midnight(first, room.zone) + draw(st.integers(-2 * 86400, 86400)) * timedelta(seconds=1)
    return room, busy, first, last, duration, now


@settings(max_examples=examples(60))
@given(cases())
def test_starts_are_exactly_those_that_could_be_booked(case):
    room, busy, first, last, duration, now = case
    days = availability(room, busy=busy, first=first, last=last, duration_minutes=duration, now=now)
    assert [day.date for day in days] == days_between(first, last)
    for day in days:
        assert day.starts == naive_starts(room, busy, day.date, duration, now)


@settings(max_examples=examples(40))
@given(cases())
def test_free_is_exactly_the_minutes_that_a_booking_could_lie_in(case):
    room, busy, first, last, duration, now = case
    for day in availability(room, busy=busy, first=first, last=last, duration_minutes=duration, now=now):
        assert minutes_of(day.free) == naive_free_minutes(room, busy, day.date, now)


@settings(max_examples=examples(40))
@given(cases())
def test_free_spans_are_sorted_apart_and_within_their_day(case):
    room, busy, first, last, duration, now = case
    for day in availability(room, busy=busy, first=first, last=last, duration_minutes=duration, now=now):
        edges = [edge for span in day.free for edge in (span.starts_at, span.ends_at)]
        assert edges == sorted(set(edges))
        assert all(
            midnight(day.date, room.zone) <= edge <= midnight(day.date + DAY, room.zone) for edge in edges
        )


def free_hours(room, busy=(), day=JUNE, duration=60, now=NOW):
    (found,) = availability(
        room, busy=list(busy), first=day, last=day + DAY, duration_minutes=duration, now=now
    )
    return [
        (f"{span.starts_at.astimezone(room.zone):%H:%M}", f"{span.ends_at.astimezone(room.zone):%H:%M}")
        for span in found.free
    ], [f"{start.astimezone(room.zone):%H:%M}" for start in found.starts]


def taken(start, end):
    return Span(datetime.fromisoformat(start + "+01:00"), datetime.fromisoformat(end + "+01:00"))


def test_a_booking_takes_a_piece_out_of_the_day():
    room = offer(hours=daily("10:00", "16:00"))
    assert free_hours(room, [taken("2027-06-02T12:00", "2027-06-02T13:00")], duration=120) == (
        [("10:00", "12:00"), ("13:00", "16:00")],
        ["10:00", "13:00", "14:00"],
    )


def test_buffers_keep_a_distance_to_both_sides():
    room = offer(hours=daily("10:00", "18:00"), buffer_before_minutes=60, buffer_after_minutes=30)
    assert free_hours(room, [taken("2027-06-02T13:00", "2027-06-02T14:00")]) == (
        [("10:00", "12:30"), ("15:00", "18:00")],
        ["10:00", "11:00", "15:00", "16:00", "17:00"],
    )


def test_a_start_late_at_night_may_end_the_next_day():
    room = offer(hours=daily("20:00", "02:00"))
    assert free_hours(room, duration=180) == (
        [("00:00", "02:00"), ("20:00", "00:00")],
        ["20:00", "21:00", "22:00", "23:00"],
    )


def test_a_length_that_the_room_is_not_let_for_starts_nowhere():
    room = offer(min_minutes=120, max_minutes=240)
    for duration in (60, 90, 150, 300):
        assert free_hours(room, duration=duration)[1] == []
    assert free_hours(room, duration=240)[1][-1] == "18:00"


@pytest.mark.parametrize("odd", ODD_DAYS, ids=str)
def test_a_room_around_the_clock_is_free_for_as_long_as_the_day_is(odd):
    room = offer(odd.zone, hours=AROUND_THE_CLOCK)
    now = midnight(odd.day, odd.info) - 3 * DAY
    (day,) = availability(room, busy=[], first=odd.day, last=odd.day + DAY, duration_minutes=60, now=now)
    assert sum((span.ends_at - span.starts_at) // MINUTE for span in day.free) == odd.minutes


def test_the_hour_that_comes_twice_has_starts_twice():
    room = offer("America/New_York", hours=AROUND_THE_CLOCK)
    now = datetime(2027, 11, 1, tzinfo=UTC)
    _, starts = free_hours(room, day=date(2027, 11, 7), now=now)
    assert starts[:4] == ["00:00", "01:00", "01:00", "02:00"]
    _, starts = free_hours(room, day=date(2028, 3, 12), now=datetime(2028, 3, 1, tzinfo=UTC))
    assert starts[:4] == ["00:00", "01:00", "03:00", "04:00"]


def test_a_window_reaches_as_far_as_a_booking_of_the_last_day_with_its_buffers():
    room = offer("UTC", max_minutes=720, buffer_before_minutes=60, buffer_after_minutes=30)
    assert window(room, JUNE, JUNE + DAY) == Span(
        datetime(2027, 6, 1, 10, 30, tzinfo=UTC), datetime(2027, 6, 3, 13, 30, tzinfo=UTC)
    )
