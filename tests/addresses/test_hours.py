from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from src.addresses.enums import HoursMode
from src.addresses.exceptions import ContradictoryHoursError, OverlappingHoursError
from src.addresses.hours import (
    ClosedDates,
    DayHours,
    OpeningPlan,
    SpecialDay,
    WeeklyHours,
    check_day,
    check_week,
    is_within,
    merge,
    open_spans,
    subtract,
)
from src.addresses.localtime import midnight
from src.calendars.service import Span
from tests.addresses.zones import ODD_DAYS, ZONES

UTC_ZONE, NEW_YORK = ZoneInfo("UTC"), ZoneInfo("America/New_York")
LONDON, KATHMANDU = ZoneInfo("Europe/London"), ZoneInfo("Asia/Kathmandu")
MONDAY = date(2027, 3, 1)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
AROUND_THE_CLOCK = [WeeklyHours(day, HoursMode.AROUND_THE_CLOCK, None, None) for day in range(7)]


def opened(weekday, opens, closes):
    return WeeklyHours(weekday, HoursMode.OPEN, time.fromisoformat(opens), time.fromisoformat(closes))


def daily(opens, closes):
    return [opened(day, opens, closes) for day in range(7)]


def spans_of(week, zone, first, last):
    return open_spans(OpeningPlan(tuple(week)), zone, first, last)


def local(spans, zone):
    return [
        (f"{span.starts_at.astimezone(zone):%d %H:%M}", f"{span.ends_at.astimezone(zone):%d %H:%M}")
        for span in spans
    ]


def hours_of(span):
    return (span.ends_at - span.starts_at) / timedelta(hours=1)


times = st.times().map(lambda value: value.replace(minute=value.minute // 15 * 15, second=0, microsecond=0))
entries = st.builds(WeeklyHours, st.integers(0, 6), st.just(HoursMode.OPEN), times, times) | st.builds(
    WeeklyHours,
    st.integers(0, 6),
    st.sampled_from([HoursMode.AROUND_THE_CLOCK, HoursMode.CLOSED, HoursMode.BY_APPOINTMENT]),
    st.none(),
    st.none(),
)
weeks = st.lists(entries, max_size=10)
days = st.lists(
    st.builds(DayHours, st.just(HoursMode.OPEN), times, times)
    | st.builds(DayHours, st.sampled_from([HoursMode.AROUND_THE_CLOCK, HoursMode.CLOSED])),
    min_size=1,
    max_size=3,
).map(tuple)
near_odd_days = st.builds(
    lambda odd, offset: (odd.info, odd.day + timedelta(days=offset)),
    st.sampled_from(ODD_DAYS),
    st.integers(-2, 1),
)
any_days = st.tuples(st.sampled_from(ZONES).map(ZoneInfo), st.dates(date(2000, 1, 3), date(2100, 1, 1)))


@st.composite
def plans(draw):
    """Weeks alone, and with special days and closures around the days that are asked for."""
    week = tuple(draw(weeks))
    if draw(st.booleans()):
        return OpeningPlan(week)
    middle = draw(near_odd_days)[1]
    special = [
        SpecialDay(first, first + draw(st.integers(0, 1)) * DAY, "A holiday", draw(days))
        for first in (middle - 2 * DAY, middle + DAY)
        if draw(st.booleans())
    ]
    start = datetime.combine(middle, time(), UTC) + draw(st.integers(-3000, 3000)) * MINUTE
    closures = [
        ClosedDates(middle, middle + draw(st.integers(0, 2)) * DAY),
        Span(start, start + draw(st.integers(1, 3000)) * MINUTE),
    ]
    return OpeningPlan(week, tuple(special), tuple(draw(st.lists(st.sampled_from(closures), max_size=2))))


def test_open_on_weekdays_and_several_times_a_day():
    plan = [opened(0, "14:00", "18:00"), opened(0, "09:00", "12:00"), opened(2, "10:00", "11:00")]
    assert local(spans_of(plan, UTC_ZONE, MONDAY, MONDAY + 7 * DAY), UTC_ZONE) == [
        ("01 09:00", "01 12:00"),
        ("01 14:00", "01 18:00"),
        ("03 10:00", "03 11:00"),
    ]


def test_a_span_that_closes_before_it_opens_ends_the_next_day():
    plan = [opened(4, "22:00", "02:00")]
    friday = MONDAY + 4 * DAY
    night = [("05 22:00", "06 02:00")]
    assert local(spans_of(plan, UTC_ZONE, friday, friday + DAY), UTC_ZONE) == night
    assert local(spans_of(plan, UTC_ZONE, friday + DAY, friday + 2 * DAY), UTC_ZONE) == night
    assert spans_of(plan, UTC_ZONE, friday + 2 * DAY, friday + 3 * DAY) == []


def test_the_night_of_sunday_reaches_into_monday():
    plan = [opened(6, "20:00", "04:00")]
    assert local(spans_of(plan, UTC_ZONE, MONDAY, MONDAY + DAY), UTC_ZONE) == [("28 20:00", "01 04:00")]


def test_opening_and_closing_at_the_same_time_is_a_whole_day():
    (span,) = spans_of([opened(0, "10:00", "10:00")], UTC_ZONE, MONDAY, MONDAY + DAY)
    assert hours_of(span) == 24


def test_spans_that_touch_become_one():
    plan = [opened(0, "10:00", "00:00"), opened(1, "00:00", "03:00"), opened(1, "03:00", "04:00")]
    assert local(spans_of(plan, UTC_ZONE, MONDAY, MONDAY + 2 * DAY), UTC_ZONE) == [("01 10:00", "02 04:00")]


def test_around_the_clock_is_one_span_without_midnights():
    (span,) = spans_of(AROUND_THE_CLOCK, UTC_ZONE, MONDAY, MONDAY + 7 * DAY)
    assert span.starts_at <= midnight(MONDAY, UTC_ZONE)
    assert span.ends_at >= midnight(MONDAY + 7 * DAY, UTC_ZONE)


@pytest.mark.parametrize("mode", [HoursMode.CLOSED, HoursMode.BY_APPOINTMENT])
def test_closed_and_by_appointment_can_not_be_booked(mode):
    plan = [WeeklyHours(day, mode, None, None) for day in range(7)]
    assert spans_of(plan, UTC_ZONE, MONDAY, MONDAY + 7 * DAY) == []


@pytest.mark.parametrize("odd", ODD_DAYS, ids=str)
def test_around_the_clock_is_open_for_as_long_as_the_day_is(odd):
    plan = [WeeklyHours(odd.day.weekday(), HoursMode.AROUND_THE_CLOCK, None, None)]
    spans = spans_of(plan, odd.info, odd.day, odd.day + DAY)
    assert sum(hours_of(span) for span in spans) * 60 == odd.minutes


def test_a_night_that_loses_an_hour_is_an_hour_shorter():
    saturday = date(2027, 3, 13)
    (night,) = spans_of([opened(5, "22:00", "06:00")], NEW_YORK, saturday, saturday + DAY)
    assert hours_of(night) == 7
    assert night.ends_at == datetime(2027, 3, 14, 10, tzinfo=UTC)


def test_a_night_that_wins_an_hour_is_an_hour_longer():
    saturday = date(2027, 10, 30)
    (night,) = spans_of([opened(5, "22:00", "06:00")], LONDON, saturday, saturday + DAY)
    assert hours_of(night) == 9


def test_opening_at_a_skipped_time_moves_forward():
    sunday = date(2027, 3, 14)
    spans = spans_of([opened(6, "02:30", "05:00")], NEW_YORK, sunday, sunday + DAY)
    assert local(spans, NEW_YORK) == [("14 03:30", "14 05:00")]


def test_hours_that_are_skipped_wholly_are_not_open():
    sunday = date(2027, 3, 14)
    assert spans_of([opened(6, "02:30", "03:15")], NEW_YORK, sunday, sunday + DAY) == []


def test_closing_at_a_time_that_comes_twice_is_at_its_first():
    sunday = date(2027, 11, 7)
    (span,) = spans_of([opened(6, "00:00", "01:30")], NEW_YORK, sunday, sunday + DAY)
    assert hours_of(span) == 1.5


def test_offsets_of_quarter_hours_are_kept():
    (span,) = spans_of([opened(0, "10:00", "12:00")], KATHMANDU, MONDAY, MONDAY + DAY)
    assert span == Span(datetime(2027, 3, 1, 4, 15, tzinfo=UTC), datetime(2027, 3, 1, 6, 15, tzinfo=UTC))


@given(plan=plans(), where=near_odd_days | any_days, days=st.integers(0, 8))
# The night before the 31st began on the 29th: there was no 30th.
@example(OpeningPlan((opened(3, "01:00", "01:00"),)), (ZoneInfo("Pacific/Apia"), date(2011, 12, 31)), 0)
def test_open_spans_are_sorted_apart_and_inside(plan, where, days):
    zone, first = where
    last = first + days * DAY
    spans = open_spans(plan, zone, first, last)
    assert all(span.starts_at < span.ends_at for span in spans)
    assert all(before.ends_at < after.starts_at for before, after in pairwise(spans))
    longest_day = 25 * timedelta(hours=1)
    assert all(span.starts_at >= midnight(first, zone) - longest_day for span in spans)
    assert all(span.ends_at <= midnight(last, zone) + longest_day for span in spans)


@given(plan=plans(), where=near_odd_days | any_days, data=st.data())
def test_a_longer_look_sees_the_same_hours(plan, where, data):
    """What is open on a day does not depend on how many days were asked for."""
    zone, first = where
    minute = midnight(first, zone) + data.draw(st.integers(0, 24 * 60 - 31)) * MINUTE
    assume(minute < midnight(first + DAY, zone))
    at = Span(minute, minute + MINUTE)
    wide = open_spans(plan, zone, first - 3 * DAY, first + 4 * DAY)
    assert is_within(open_spans(plan, zone, first, first + DAY), at) == is_within(wide, at)


@given(plan=weeks, where=any_days, minute=st.integers(0, 24 * 60 - 1))
def test_where_no_clock_changes_the_plan_is_what_the_clock_shows(plan, where, minute):
    zone, day = where
    noons = [datetime.combine(day + n * DAY, time(12), tzinfo=zone).utcoffset() for n in (-2, -1, 0, 1, 2)]
    assume(len(set(noons)) == 1)
    at = midnight(day, zone) + minute * MINUTE
    shown = day.weekday() * 24 * 60 + minute
    expected = any(shown in minutes_of_week(entry) for entry in plan)
    spans = spans_of(plan, zone, day, day + DAY)
    assert is_within(spans, Span(at, at + MINUTE)) is expected


def minutes_of_week(entry):
    """Naively: every minute from Monday 00:00 at which the plan says open."""
    if entry.mode is HoursMode.AROUND_THE_CLOCK:
        opens, closes = 0, 24 * 60
    elif entry.mode is HoursMode.OPEN:
        opens, closes = (value.hour * 60 + value.minute for value in (entry.opens, entry.closes))
        closes += 24 * 60 if closes <= opens else 0
    else:
        opens = closes = 0
    start = entry.weekday * 24 * 60
    return {(start + minute) % (7 * 24 * 60) for minute in range(opens, closes)}


def contradicts(week):
    """A day that is closed or by appointment, and something else."""
    for weekday in range(7):
        modes = [entry.mode for entry in week if entry.weekday == weekday]
        if len(modes) > 1 and {HoursMode.CLOSED, HoursMode.BY_APPOINTMENT} & set(modes):
            return True
    return False


@given(week=weeks)
def test_a_week_is_refused_exactly_when_a_minute_is_open_twice_or_a_day_contradicts_itself(week):
    minutes = [minute for entry in week for minute in minutes_of_week(entry)]
    if contradicts(week):
        with pytest.raises(ContradictoryHoursError):
            check_week(week)
    elif len(set(minutes)) < len(minutes):
        with pytest.raises(OverlappingHoursError):
            check_week(week)
    else:
        check_week(week)


@given(hours=days)
def test_a_special_day_is_refused_by_the_same_rule(hours):
    """Its hours are those of a week in which nothing else is open."""
    week = [WeeklyHours(2, entry.mode, entry.opens, entry.closes) for entry in hours]
    try:
        check_week(week)
    except (ContradictoryHoursError, OverlappingHoursError) as refusal:
        with pytest.raises(type(refusal)):
            check_day(hours)
    else:
        check_day(hours)


def test_by_appointment_may_have_times_beside_open_ones():
    visits = WeeklyHours(0, HoursMode.BY_APPOINTMENT, time(8), time(10))
    check_week([visits, opened(0, "10:00", "18:00")])
    assert local(
        spans_of([visits, opened(0, "10:00", "18:00")], UTC_ZONE, MONDAY, MONDAY + DAY), UTC_ZONE
    ) == [("01 10:00", "01 18:00")]
    with pytest.raises(OverlappingHoursError):
        check_week([visits, opened(0, "09:00", "18:00")])


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(1, 60)), max_size=12))
def test_merging_keeps_the_same_minutes(pieces):
    start = datetime(2027, 3, 1, tzinfo=UTC)
    spans = [Span(start + at * MINUTE, start + (at + length) * MINUTE) for at, length in pieces]
    merged = merge(spans)
    assert minutes_in(merged, start) == minutes_in(spans, start)
    assert sum((s.ends_at - s.starts_at) // MINUTE for s in merged) == len(minutes_in(spans, start))


def minutes_in(spans, start):
    return {
        minute
        for span in spans
        for minute in range((span.starts_at - start) // MINUTE, (span.ends_at - start) // MINUTE)
    }


@given(
    pieces=st.lists(st.tuples(st.integers(0, 300), st.integers(1, 60)), max_size=6),
    gone=st.lists(st.tuples(st.integers(0, 300), st.integers(1, 60)), max_size=6),
)
def test_subtracting_leaves_exactly_the_other_minutes(pieces, gone):
    start = datetime(2027, 3, 1, tzinfo=UTC)
    spans, taken = (
        merge(Span(start + at * MINUTE, start + (at + length) * MINUTE) for at, length in some)
        for some in (pieces, gone)
    )
    left = subtract(spans, taken)
    assert minutes_in(left, start) == minutes_in(spans, start) - minutes_in(taken, start)
    assert all(before.ends_at < after.starts_at for before, after in pairwise(left))
