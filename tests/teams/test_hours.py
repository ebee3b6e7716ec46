"""Working hours against a clock that is looked at every quarter of an hour."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.calendars.service import Span
from src.teams.exceptions import OverlappingWorkingHoursError
from src.teams.professionals.hours import WorkingHours, is_working, refuse_overlaps

QUARTER = timedelta(minutes=15)
QUARTERS_OF_DAY, QUARTERS_OF_WEEK = 96, 7 * 96
times = st.integers(0, QUARTERS_OF_DAY - 1).map(lambda number: time(number // 4, number % 4 * 15))
plans = st.lists(st.builds(WorkingHours, st.integers(0, 6), times, times), max_size=6)


def quarters(entry: WorkingHours) -> list[int]:
    """Those of the week that the entry covers."""
    opens = entry.weekday * QUARTERS_OF_DAY + entry.opens.hour * 4 + entry.opens.minute // 15
    closes = entry.weekday * QUARTERS_OF_DAY + entry.closes.hour * 4 + entry.closes.minute // 15
    last = closes if closes > opens else closes + QUARTERS_OF_DAY
    return [number % QUARTERS_OF_WEEK for number in range(opens, last)]


@given(plans, st.integers(0, QUARTERS_OF_WEEK), st.integers(1, 3 * QUARTERS_OF_DAY))
def test_all_of_the_time_is_working_time(plan: list[WorkingHours], start: int, length: int) -> None:
    worked = {number for entry in plan for number in quarters(entry)}
    starts_at = datetime(2027, 3, 1, tzinfo=UTC) + start * QUARTER  # a Monday
    wanted = {number % QUARTERS_OF_WEEK for number in range(start, start + length)}
    span = Span(starts_at, starts_at + length * QUARTER)
    assert is_working(plan, ZoneInfo("UTC"), span) == (wanted <= worked)


@given(plans)
def test_no_quarter_is_in_two_entries(plan: list[WorkingHours]) -> None:
    covered = [number for entry in plan for number in quarters(entry)]
    if len(covered) == len(set(covered)):
        refuse_overlaps(plan)
    else:
        with pytest.raises(OverlappingWorkingHoursError):
            refuse_overlaps(plan)


@pytest.mark.parametrize(
    ("day", "hours"), [(datetime(2027, 3, 28, tzinfo=UTC), 23), (datetime(2027, 10, 31, tzinfo=UTC), 25)]
)
def test_a_whole_day_is_as_long_as_the_clocks_make_it(day: datetime, hours: int) -> None:
    zone = ZoneInfo("Europe/London")
    plan = [WorkingHours(6, time(0), time(0))]
    starts_at = day.replace(tzinfo=zone).astimezone(UTC)
    whole = Span(starts_at, starts_at + timedelta(hours=hours))
    assert is_working(plan, zone, whole)
    assert not is_working(plan, zone, Span(starts_at, whole.ends_at + QUARTER))
