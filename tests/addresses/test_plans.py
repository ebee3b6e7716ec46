"""Special days and closures over the weekly plan, on real changes of clocks too."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from src.addresses.enums import HoursMode
from src.addresses.hours import (
    ClosedDates,
    DayHours,
    OpeningPlan,
    OpenState,
    SpecialDay,
    WeeklyHours,
    is_within,
    open_spans,
    open_state,
)
from src.addresses.localtime import midnight
from src.calendars.service import Span
from tests.addresses.test_hours import near_odd_days, plans
from tests.addresses.zones import ODD_DAYS, ZONES
from tests.support.fuzzing import examples

LONDON, NEW_YORK = ZoneInfo("Europe/London"), ZoneInfo("America/New_York")
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
CHRISTMAS = date(2027, 12, 25)  # a Saturday
ALWAYS = tuple(WeeklyHours(day, HoursMode.AROUND_THE_CLOCK) for day in range(7))
CLOSED = (DayHours(HoursMode.CLOSED),)


def daily(opens, closes):
    return tuple(
        WeeklyHours(day, HoursMode.OPEN, time.fromisoformat(opens), time.fromisoformat(closes))
        for day in range(7)
    )


def shown(plan, zone, first, last):
    spans = open_spans(plan, zone, first, last)
    return [
        (f"{span.starts_at.astimezone(zone):%d %H:%M}", f"{span.ends_at.astimezone(zone):%d %H:%M}")
        for span in spans
    ]


def test_a_special_day_replaces_the_hours_of_its_dates_and_no_others():
    short = (DayHours(HoursMode.OPEN, time(10), time(14)),)
    plan = OpeningPlan(
        daily("09:00", "21:00"),
        (
            SpecialDay(CHRISTMAS - DAY, CHRISTMAS - DAY, "Christmas Eve", short),
            SpecialDay(CHRISTMAS, CHRISTMAS + DAY, "Christmas", CLOSED),
        ),
    )
    assert shown(plan, LONDON, CHRISTMAS - 2 * DAY, CHRISTMAS + 3 * DAY) == [
        ("23 09:00", "23 21:00"),
        ("24 10:00", "24 14:00"),
        ("27 09:00", "27 21:00"),
    ]


def test_the_night_before_a_special_day_ends_when_it_ends():
    plan = OpeningPlan(daily("20:00", "04:00"), (SpecialDay(CHRISTMAS, CHRISTMAS, "Christmas", CLOSED),))
    assert shown(plan, LONDON, CHRISTMAS, CHRISTMAS + DAY) == [("24 20:00", "25 04:00")]
    assert shown(plan, LONDON, CHRISTMAS + DAY, CHRISTMAS + 2 * DAY) == [("26 20:00", "27 04:00")]


def test_a_special_day_may_open_what_is_usually_closed_past_midnight():
    new_year = (DayHours(HoursMode.OPEN, time(18), time(6)),)
    plan = OpeningPlan((), (SpecialDay(date(2027, 12, 31), date(2027, 12, 31), "New Year", new_year),))
    assert shown(plan, LONDON, date(2028, 1, 1), date(2028, 1, 2)) == [("31 18:00", "01 06:00")]


def test_a_closure_of_dates_cuts_the_night_that_reaches_into_it():
    plan = OpeningPlan(daily("20:00", "04:00"), closures=(ClosedDates(CHRISTMAS, CHRISTMAS),))
    assert shown(plan, LONDON, CHRISTMAS - DAY, CHRISTMAS + 2 * DAY)[1:] == [
        ("24 20:00", "25 00:00"),
        ("26 00:00", "26 04:00"),
        ("26 20:00", "27 04:00"),
    ]


def test_a_closure_of_times_leaves_what_is_beside_it():
    gone = Span(datetime(2027, 12, 24, 12, tzinfo=UTC), datetime(2027, 12, 24, 13, 30, tzinfo=UTC))
    plan = OpeningPlan(daily("10:00", "18:00"), closures=(gone, gone))
    assert shown(plan, LONDON, CHRISTMAS - DAY, CHRISTMAS) == [
        ("24 10:00", "24 12:00"),
        ("24 13:30", "24 18:00"),
    ]


@pytest.mark.parametrize("odd", ODD_DAYS, ids=str)
def test_a_closed_date_is_as_long_as_the_clocks_make_it(odd):
    plan = OpeningPlan(ALWAYS, closures=(ClosedDates(odd.day, odd.day),))
    before, after = odd.day - 2 * DAY, odd.day + 3 * DAY
    around = open_spans(OpeningPlan(ALWAYS), odd.info, before, after)
    closed = open_spans(plan, odd.info, before, after)
    assert total(around) - total(closed) == odd.minutes * MINUTE


def total(spans):
    return sum((span.ends_at - span.starts_at for span in spans), timedelta())


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("year", [2011, 2018, 2019, 2027])
def test_a_year_around_the_clock_is_as_long_as_the_year(zone, year):
    info = ZoneInfo(zone)
    first, last = date(year, 1, 1), date(year + 1, 1, 1)
    (span,) = open_spans(OpeningPlan(ALWAYS), info, first, last)
    assert span.ends_at - midnight(first, info) == midnight(last, info) - midnight(first, info)


quarters = st.integers(0, 95).map(lambda quarter: time(quarter // 4, quarter % 4 * 15))


def first_shown(wall, zone, from_):
    """The first minute at which a clock in the zone shows it, found by watching the clock."""
    for minutes in range(3 * 24 * 60):
        at = from_ + minutes * MINUTE
        if at.astimezone(zone).replace(tzinfo=None) == wall:
            return at
    return None


@settings(max_examples=examples(60))
@given(where=near_odd_days, opens=quarters, closes=quarters)
def test_open_time_is_the_time_that_elapses_between_the_hands_of_the_clock(where, opens, closes):
    """From the first time the clock shows `opens` to the first time it shows `closes`: billed as it elapses."""
    zone, day = where
    closing_day = day + DAY if closes <= opens else day
    watch_from = midnight(day, zone) - DAY
    starts_at = first_shown(datetime.combine(day, opens), zone, watch_from)
    ends_at = first_shown(datetime.combine(closing_day, closes), zone, watch_from)
    assume(starts_at is not None and ends_at is not None and starts_at < ends_at)
    plan = OpeningPlan((), (SpecialDay(day, day, "A day", (DayHours(HoursMode.OPEN, opens, closes),)),))
    assert open_spans(plan, zone, day, day + DAY) == [Span(starts_at, ends_at)]


@given(plan=plans(), where=near_odd_days, minute=st.integers(0, 24 * 60 - 31))
def test_each_minute_is_open_by_the_hours_of_its_day_or_of_the_night_before_unless_closed(
    plan, where, minute
):
    zone, day = where
    at = Span(midnight(day, zone) + minute * MINUTE, midnight(day, zone) + (minute + 1) * MINUTE)
    begun = [
        span
        # Samoa had no 30 December 2011: the night into the 31st is that of the 29th.
        for of_day in (day - 2 * DAY, day - DAY, day)
        for entry in plan.hours_on(of_day)
        for span in open_spans(
            OpeningPlan(
                (), (SpecialDay(of_day, of_day, "", (DayHours(entry.mode, entry.opens, entry.closes),)),)
            ),
            zone,
            of_day,
            of_day + DAY,
        )
    ]
    is_closed = any(
        (closure.first <= day <= closure.last)
        if isinstance(closure, ClosedDates)
        else closure.starts_at < at.ends_at and at.starts_at < closure.ends_at
        for closure in plan.closures
    )
    assume(at.ends_at <= midnight(day + DAY, zone))
    is_open = any(span.starts_at <= at.starts_at and at.ends_at <= span.ends_at for span in begun)
    assert is_within(open_spans(plan, zone, day, day + DAY), at) is (is_open and not is_closed)


def at(text, zone=NEW_YORK):
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def test_open_now_until_it_closes():
    plan = OpeningPlan(daily("10:00", "02:00"))
    night = OpenState(is_open=True, changes_at=at("2027-03-02T02:00"))
    assert open_state(plan, NEW_YORK, at("2027-03-01T10:00")) == night
    assert open_state(plan, NEW_YORK, at("2027-03-02T01:59")) == night
    morning = OpenState(is_open=False, changes_at=at("2027-03-02T10:00"))
    assert open_state(plan, NEW_YORK, at("2027-03-02T02:00")) == morning


def test_the_next_opening_is_found_beyond_a_long_closure():
    plan = OpeningPlan(daily("10:00", "18:00"), closures=(ClosedDates(date(2027, 3, 1), date(2027, 4, 30)),))
    opens_again = OpenState(is_open=False, changes_at=at("2027-05-01T10:00"))
    assert open_state(plan, NEW_YORK, at("2027-03-01T12:00")) == opens_again


def test_what_never_changes_says_so():
    assert open_state(OpeningPlan(ALWAYS), NEW_YORK, at("2027-03-01T12:00")) == OpenState(True, None)
    assert open_state(OpeningPlan(), NEW_YORK, at("2027-03-01T12:00")) == OpenState(False, None)
    closed_soon = OpeningPlan(ALWAYS, closures=(ClosedDates(date(2027, 5, 1), date(2027, 5, 1)),))
    assert open_state(closed_soon, NEW_YORK, at("2027-03-01T12:00")).changes_at == at("2027-05-01T00:00")


@given(plan=plans(), where=near_odd_days, minute=st.integers(0, 24 * 60))
def test_the_state_agrees_with_the_spans_and_changes_when_it_says(plan, where, minute):
    zone, day = where
    now = midnight(day, zone) + minute * MINUTE
    state = open_state(plan, zone, now)

    def is_open_at(moment):
        local = moment.astimezone(zone).date()
        return is_within(open_spans(plan, zone, local, local + DAY), Span(moment, moment + MINUTE))

    assert is_open_at(now) is state.is_open
    if state.changes_at is not None:
        assert state.changes_at > now
        assert is_open_at(state.changes_at) is not state.is_open
        assert is_open_at(state.changes_at - MINUTE) is state.is_open
