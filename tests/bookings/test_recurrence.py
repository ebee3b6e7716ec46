from contextlib import suppress
from datetime import datetime, timedelta
from time import thread_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.bookings.series.exceptions import RuleNotUnderstoodError, TooManyOccurrencesError
from src.bookings.series.recurrence import MOST_OCCURRENCES, occurrences

MONDAY = datetime(2027, 3, 1, 18)  # noqa: DTZ001 - on the wall


def test_every_week_at_the_same_time() -> None:
    assert occurrences("FREQ=WEEKLY;COUNT=3", MONDAY) == [MONDAY + timedelta(weeks=week) for week in range(3)]
    assert occurrences("rrule:freq=weekly;until=20270315", MONDAY)[-1] == MONDAY + timedelta(weeks=2)
    assert len(occurrences("FREQ=WEEKLY;UNTIL=20270315T175959", MONDAY)) == 2


def test_weekdays_and_days_of_the_month() -> None:
    assert [day.day for day in occurrences("FREQ=WEEKLY;BYDAY=MO,WE;COUNT=4", MONDAY)] == [1, 3, 8, 10]
    assert [day.day for day in occurrences("FREQ=MONTHLY;BYDAY=-1FR;COUNT=2", MONDAY)] == [26, 30]
    assert [day.month for day in occurrences("FREQ=MONTHLY;BYMONTHDAY=31;COUNT=3", MONDAY)] == [3, 5, 7]


@pytest.mark.parametrize(
    "rule",
    [
        "", "COUNT=3", "FREQ=WEEKLY", "FREQ=WEEKLY;COUNT=3;UNTIL=20270401", "FREQ=SECONDLY;COUNT=2",
        "FREQ=YEARLY;COUNT=2", "FREQ=WEEKLY;COUNT=0", "FREQ=WEEKLY;COUNT=-1", "FREQ=WEEKLY;COUNT=3;COUNT=4",
        "FREQ=DAILY;BYHOUR=1,2,3;COUNT=3", "FREQ=WEEKLY;UNTIL=20271399", "FREQ=WEEKLY;UNTIL=20270301T180000Z",
        "FREQ=WEEKLY;COUNT=2;INTERVAL=0", "FREQ=WEEKLY;BYDAY=1MO;COUNT=2", "FREQ=MONTHLY;BYMONTHDAY=32;COUNT=1",
        "FREQ=WEEKLY;COUNT=2\nEXDATE:20270301T180000", "DTSTART:20270101T000000", "FREQ=WEEKLY;BYEASTER=0;COUNT=1",
        "FREQ=WEEKLY;UNTIL=20270101",
        "FREQ=DAILY;INTERVAL=7;BYDAY=TU;COUNT=2",
        "FREQ=MONTHLY;BYDAY=5MO;BYMONTHDAY=1;COUNT=1",
        "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=9;COUNT=1", "FREQ=MONTHLY;INTERVAL=24;COUNT=1",
    ],
)  # fmt: skip
def test_others_are_not_understood(rule: str) -> None:
    with pytest.raises(RuleNotUnderstoodError):
        occurrences(rule, MONDAY)


def test_what_never_comes_true_is_found_out_soon() -> None:
    started = thread_time()
    with pytest.raises(RuleNotUnderstoodError):
        occurrences("FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=31;COUNT=1", datetime(2027, 2, 1))  # noqa: DTZ001
    assert thread_time() - started < 1


@pytest.mark.parametrize(
    "rule", ["FREQ=DAILY;COUNT=53", "FREQ=DAILY;UNTIL=22000101", "FREQ=WEEKLY;COUNT=9999"]
)
def test_a_series_has_an_end_in_sight(rule: str) -> None:
    with pytest.raises(TooManyOccurrencesError):
        occurrences(rule, MONDAY)


@given(
    frequency=st.sampled_from(["DAILY", "WEEKLY", "MONTHLY"]),
    count=st.integers(1, MOST_OCCURRENCES),
    interval=st.integers(1, 12),
    start=st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1)),  # noqa: DTZ001
)
def test_what_comes_of_a_rule(frequency: str, count: int, interval: int, start: datetime) -> None:
    """In order, at the same time of day, from the start on, never more than asked for."""
    start = start.replace(microsecond=0)
    found = occurrences(f"FREQ={frequency};INTERVAL={interval};COUNT={count}", start)
    assert found[0] == start
    assert found == sorted(set(found))
    assert len(found) <= count
    assert {moment.time() for moment in found} == {start.time()}


@given(st.text(max_size=60))
def test_whatever_is_sent_is_a_rule_or_refused(rule: str) -> None:
    with suppress(RuleNotUnderstoodError, TooManyOccurrencesError):
        assert 1 <= len(occurrences(rule, MONDAY)) <= MOST_OCCURRENCES
