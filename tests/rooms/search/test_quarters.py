"""Bits of days against the minutes that they stand for."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from src.calendars.service import Span
from src.rooms.search.quarters import QUARTER, QUARTERS_OF_DAY, milestones_within, quarters_within

MINUTE = timedelta(minutes=1)
START = datetime(2026, 12, 30, 20, tzinfo=UTC)
THREE_DAYS = 3 * 24 * 60

spans = st.tuples(st.integers(0, THREE_DAYS), st.integers(1, THREE_DAYS)).map(
    lambda pair: Span(START + pair[0] * MINUTE, START + sum(pair) * MINUTE)
)


def starts_of(by_day):
    """When the quarters begin that have a bit."""
    assert all(len(bits) == QUARTERS_OF_DAY for bits in by_day.values())
    return [
        datetime(day.year, day.month, day.day, tzinfo=UTC) + number * QUARTER
        for day, bits in by_day.items()
        for number, bit in enumerate(bits)
        if bit == "1"
    ]


@given(spans)
def test_the_quarters_of_a_span_are_those_that_lie_in_it(span):
    quarters = quarters_within(span)
    found = starts_of(quarters.by_day)
    aligned = span.starts_at.replace(minute=span.starts_at.minute // 15 * 15)
    expected = [aligned + number * QUARTER for number in range((span.ends_at - aligned) // QUARTER + 1)]
    assert found == [
        start for start in expected if start >= span.starts_at and start + QUARTER <= span.ends_at
    ]
    assert quarters.are_exact == (len(found) * QUARTER == span.ends_at - span.starts_at)


@given(st.integers(0, THREE_DAYS), st.integers(29, 2 * 24 * 60), st.data())
def test_every_stretch_of_a_length_holds_a_milestone(first, window, data):
    span = Span(START + first * MINUTE, START + (first + window) * MINUTE)
    length = data.draw(st.integers(29, window)) * MINUTE
    start = (
        span.starts_at
        + data.draw(st.integers(0, (span.ends_at - span.starts_at - length) // MINUTE)) * MINUTE
    )
    milestones = starts_of(milestones_within(span, length))
    assert any(start <= milestone and milestone + QUARTER <= start + length for milestone in milestones)
    assert all(span.starts_at <= milestone for milestone in milestones)


def test_a_stretch_shorter_than_two_quarters_may_hold_none():
    assert milestones_within(Span(START, START + 6 * 4 * QUARTER), 28 * MINUTE) == {}
