from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.addresses.exceptions import LocalTimeSkippedError
from src.addresses.localtime import days_between, instant_of, local_date, midnight, requested_instant
from tests.addresses.zones import ODD_DAYS, ZONES

NEW_YORK, LONDON = ZoneInfo("America/New_York"), ZoneInfo("Europe/London")
zones = st.sampled_from(ZONES).map(ZoneInfo)
walls = st.datetimes(datetime.fromisoformat("2000-01-01"), datetime.fromisoformat("2100-01-01"))
instants = st.datetimes(
    datetime.fromisoformat("2000-01-01"), datetime.fromisoformat("2100-01-01"), timezones=st.just(UTC)
)


def wall(text):
    return datetime.fromisoformat(text)


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize("odd", ODD_DAYS, ids=str)
def test_a_day_is_as_long_as_the_clocks_make_it(odd):
    length = midnight(odd.day + timedelta(days=1), odd.info) - midnight(odd.day, odd.info)
    assert length == timedelta(minutes=odd.minutes)


def test_a_day_without_midnight_starts_with_its_first_minute():
    zone = ZoneInfo("America/Sao_Paulo")
    start = midnight(date(2018, 11, 4), zone)
    assert start == utc("2018-11-04T03:00")
    assert start.astimezone(zone).isoformat() == "2018-11-04T01:00:00-02:00"


def test_of_two_midnights_the_day_starts_with_the_first():
    assert midnight(date(2027, 11, 7), ZoneInfo("America/Havana")) == utc("2027-11-07T04:00")


@pytest.mark.parametrize(
    ("zone", "when", "instant"),
    [
        ("America/New_York", "2027-11-07T01:30", "2027-11-07T05:30"),  # first occurrence, daylight time
        ("Europe/London", "2027-10-31T01:30", "2027-10-31T00:30"),
        ("Australia/Lord_Howe", "2027-04-04T01:45", "2027-04-03T14:45"),
        ("Asia/Kathmandu", "2027-06-01T12:00", "2027-06-01T06:15"),
        ("America/Sao_Paulo", "2027-12-21T12:00", "2027-12-21T15:00"),  # no daylight time since 2019
        ("America/Sao_Paulo", "2018-12-21T12:00", "2018-12-21T14:00"),
    ],
)
def test_a_local_time_means_one_instant(zone, when, instant):
    assert requested_instant(wall(when), ZoneInfo(zone)) == utc(instant)


@pytest.mark.parametrize(
    ("zone", "skipped"),
    [
        ("America/New_York", "2027-03-14T02:00"),
        ("America/New_York", "2027-03-14T02:59:59"),
        ("Europe/London", "2027-03-28T01:30"),
        ("America/Sao_Paulo", "2018-11-04T00:30"),
        ("Australia/Lord_Howe", "2027-10-03T02:15"),
        ("Pacific/Apia", "2011-12-30T12:00"),
    ],
)
def test_a_time_that_the_clocks_skip_is_refused(zone, skipped):
    with pytest.raises(LocalTimeSkippedError):
        requested_instant(wall(skipped), ZoneInfo(zone))


def test_in_opening_hours_a_skipped_time_moves_forward_by_the_gap():
    assert instant_of(wall("2027-03-14T02:30"), NEW_YORK) == utc("2027-03-14T07:30")  # 03:30 there
    assert instant_of(wall("2027-10-03T02:15"), ZoneInfo("Australia/Lord_Howe")) == utc("2027-10-02T15:45")


def test_the_minutes_beside_a_gap_are_fine():
    assert requested_instant(wall("2027-03-14T01:59"), NEW_YORK) == utc("2027-03-14T06:59")
    assert requested_instant(wall("2027-03-14T03:00"), NEW_YORK) == utc("2027-03-14T07:00")


def test_a_time_with_an_offset_is_taken_as_it_is():
    """Also the second of two equal local times, which can be named in no other way."""
    assert requested_instant(wall("2027-10-31T01:30+00:00"), LONDON) == utc("2027-10-31T01:30")
    assert requested_instant(wall("2027-10-31T01:30+01:00"), LONDON) == utc("2027-10-31T00:30")
    assert requested_instant(wall("2027-03-28T01:30+05:45"), LONDON) == utc("2027-03-27T19:45")


@given(instant=instants, zone=zones)
def test_every_instant_can_be_named_by_its_local_time_with_offset(instant, zone):
    assert requested_instant(instant.astimezone(zone), zone) == instant


@given(when=walls, zone=zones)
def test_a_local_time_that_is_taken_shows_on_the_clock_at_its_instant(when, zone):
    try:
        instant = requested_instant(when, zone)
    except LocalTimeSkippedError:
        assert instant_of(when, zone).astimezone(zone).replace(tzinfo=None) > when
    else:
        assert instant.tzinfo is UTC
        assert instant.astimezone(zone).replace(tzinfo=None) == when


@given(when=walls, zone=zones)
def test_of_two_equal_local_times_the_first_is_meant(when, zone):
    instant = instant_of(when, zone)
    for minutes in (30, 60):
        earlier = instant - timedelta(minutes=minutes)
        assert earlier.astimezone(zone).replace(tzinfo=None) != when


@given(instant=instants, zone=zones)
def test_every_instant_lies_in_its_local_day(instant, zone):
    day = local_date(instant, zone)
    assert midnight(day, zone) <= instant < midnight(day + timedelta(days=1), zone)


def test_days_are_counted_without_the_last():
    assert days_between(date(2028, 2, 28), date(2028, 3, 1)) == [date(2028, 2, 28), date(2028, 2, 29)]
    assert days_between(date(2028, 3, 1), date(2028, 3, 1)) == []
    assert days_between(date(2028, 3, 2), date(2028, 3, 1)) == []
