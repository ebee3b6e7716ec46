"""Whether a room may be booked for a span: the edges of each rule."""

from datetime import UTC, datetime, timedelta

import pytest

from src.addresses.exceptions import LocalTimeSkippedError
from src.addresses.hours import OpeningPlan
from src.calendars.service import Span, Wish
from src.rooms import exceptions
from src.rooms.exceptions import RoomNotPricedError
from src.rooms.offers import check_rules, requested_span
from tests.rooms.examples import AROUND_THE_CLOCK, daily, offer

NOW = datetime(2027, 6, 1, 9, 0, tzinfo=UTC)  # 10:00 in London
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def span(start, hours=2.0):
    """From a London time on."""
    starts_at = requested_span(
        offer(), starts_at=datetime.fromisoformat(start), ends_at=datetime.fromisoformat(start)
    ).starts_at
    return Span(starts_at, starts_at + hours * HOUR)


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({}, span("2027-06-02T10:00", 12)),
        ({}, span("2027-06-01T10:00")),  # this very minute
        ({"notice_minutes": 120}, span("2027-06-01T12:00")),
        ({"horizon_days": 1}, span("2027-06-01T20:00", 2)),
        ({"min_minutes": 120}, span("2027-06-02T10:00", 2)),
        ({"max_minutes": 120}, span("2027-06-02T10:00", 2)),
        ({"slot_minutes": 30}, span("2027-06-02T10:30", 1.5)),
        ({"hours": daily("20:00", "02:00")}, span("2027-06-02T23:00", 3)),
        ({"hours": daily("20:00", "02:00")}, span("2027-06-03T00:00", 2)),
        ({"hours": AROUND_THE_CLOCK, "max_minutes": 2880}, span("2027-06-02T18:00", 48)),
    ],
)
def test_what_lies_within_every_rule_may_be_booked(changes, wanted):
    check_rules(offer(**changes), wanted, now=NOW)


@pytest.mark.parametrize(
    ("changes", "wanted", "error"),
    [
        ({}, span("2027-06-02T10:00", 0), exceptions.EndsBeforeStartError),
        ({}, span("2027-06-02T10:00", -1), exceptions.EndsBeforeStartError),
        ({"min_minutes": 120}, span("2027-06-02T10:00", 1), exceptions.TooShortError),
        ({"max_minutes": 120}, span("2027-06-02T10:00", 3), exceptions.TooLongError),
        ({}, span("2027-06-02T10:30"), exceptions.OffSlotGridError),
        ({}, span("2027-06-02T10:00:01"), exceptions.OffSlotGridError),
        ({}, span("2027-06-02T10:00", 1.5), exceptions.OffSlotGridError),
        ({}, span("2027-06-01T09:00", 1), exceptions.InThePastError),
        ({"notice_minutes": 121}, span("2027-06-01T12:00"), exceptions.TooLittleNoticeError),
        ({"horizon_days": 1}, span("2027-06-02T10:00", 1), exceptions.BeyondHorizonError),
        ({}, span("2027-06-02T09:00", 2), exceptions.OutsideOpeningHoursError),
        ({}, span("2027-06-02T21:00", 2), exceptions.OutsideOpeningHoursError),
        ({}, span("2027-06-02T03:00", 2), exceptions.OutsideOpeningHoursError),
        ({"hours": OpeningPlan()}, span("2027-06-02T10:00"), exceptions.OutsideOpeningHoursError),
        (
            {"hours": daily("20:00", "02:00")},
            span("2027-06-02T00:00", 3),
            exceptions.OutsideOpeningHoursError,
        ),
    ],
)
def test_what_breaks_a_rule_may_not(changes, wanted, error):
    with pytest.raises(error):
        check_rules(offer(**changes), wanted, now=NOW)


def test_the_slot_grid_is_that_of_the_clock_on_the_wall():
    """Kathmandu is 5:45 ahead: its full hours are nobody else's."""
    kathmandu = offer("Asia/Kathmandu")
    start = datetime(2027, 6, 2, 4, 15, tzinfo=UTC)  # 10:00 there
    check_rules(kathmandu, Span(start, start + HOUR), now=NOW)
    with pytest.raises(exceptions.OffSlotGridError):
        check_rules(kathmandu, Span(start + 45 * MINUTE, start + 105 * MINUTE), now=NOW)


def test_a_span_without_offsets_is_meant_in_the_studios_zone():
    wanted = requested_span(
        offer("America/New_York"),
        starts_at=datetime.fromisoformat("2027-06-02T10:00"),
        ends_at=datetime.fromisoformat("2027-06-02T12:00-04:00"),
    )
    assert wanted == Span(datetime(2027, 6, 2, 14, tzinfo=UTC), datetime(2027, 6, 2, 16, tzinfo=UTC))


def test_a_span_may_not_end_in_a_skipped_hour_either():
    with pytest.raises(LocalTimeSkippedError):
        requested_span(
            offer("America/New_York"),
            starts_at=datetime.fromisoformat("2027-03-14T01:00"),
            ends_at=datetime.fromisoformat("2027-03-14T02:30"),
        )


def test_buffers_are_taken_on_every_resource_and_not_in_the_rules():
    buffered = offer(buffer_before_minutes=30, buffer_after_minutes=15, resource_ids=(5, 6))
    wanted = span("2027-06-02T10:00", 12)
    check_rules(buffered, wanted, now=NOW)
    occupied = Span(wanted.starts_at - 30 * MINUTE, wanted.ends_at + 15 * MINUTE)
    assert buffered.wishes(wanted) == [Wish(5, occupied), Wish(6, occupied)]


def test_a_night_that_loses_an_hour_is_an_hour_cheaper():
    studio = offer("America/New_York", hours=AROUND_THE_CLOCK)
    night = requested_span(
        studio,
        starts_at=datetime.fromisoformat("2027-03-14T00:00"),
        ends_at=datetime.fromisoformat("2027-03-14T04:00"),
    )
    assert [item.quantity for item in studio.quote(night).items] == [3]


def test_a_room_without_tiers_has_no_price():
    with pytest.raises(RoomNotPricedError):
        offer(tiers=()).quote(span("2027-06-02T10:00"))
