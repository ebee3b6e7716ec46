"""Peak and off-peak: which minutes a rule applies to, and what that makes of the price."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.calendars.service import Span
from src.core.money import apportion
from src.rooms.pricing.rules import PriceRule, split
from src.rooms.pricing.tiers import Lengths, Stretch, Tier, price, price_of_stretches, total
from tests.rooms.examples import AROUND_THE_CLOCK, offer

LONDON, NEW_YORK = ZoneInfo("Europe/London"), ZoneInfo("America/New_York")
EVERY_DAY = tuple(range(7))
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
BY_THE_HOUR = Lengths(60, 60)


def rule(starts="18:00", ends="22:00", percent=150, **changes):
    values = {
        "name": f"{percent} %",
        "weekdays": EVERY_DAY,
        "starts": time.fromisoformat(starts),
        "ends": time.fromisoformat(ends),
        "first_date": None,
        "last_date": None,
        "percent": percent,
    }
    return PriceRule(**values | changes)


def span(start, hours=1.0, zone=LONDON):
    starts_at = datetime.fromisoformat(start).replace(tzinfo=zone).astimezone(UTC)
    return Span(starts_at, starts_at + hours * HOUR)


def parts(rules, wanted, zone=LONDON):
    return [(part.minutes, part.stretch.percent) for part in split(rules, wanted, zone)]


@pytest.mark.parametrize(
    ("start", "hours", "expected"),
    [
        ("2027-06-02T16:00", 2, [(120, 100)]),
        ("2027-06-02T16:00", 3, [(120, 100), (60, 150)]),
        ("2027-06-02T18:00", 4, [(240, 150)]),
        ("2027-06-02T17:30", 6, [(30, 100), (240, 150), (90, 100)]),
        ("2027-06-02T17:00", 26, [(60, 100), (240, 150), (1200, 100), (60, 150)]),
    ],
)
def test_a_span_over_a_boundary_is_split(start, hours, expected):
    assert parts([rule()], span(start, hours)) == expected


def test_hours_past_midnight_belong_to_the_day_on_which_they_start():
    friday_night = rule("20:00", "02:00", weekdays=(4,))
    assert parts([friday_night], span("2027-06-04T23:00", 4)) == [(180, 150), (60, 100)]
    assert parts([friday_night], span("2027-06-05T01:00", 1)) == [(60, 150)]  # Saturday
    assert parts([friday_night], span("2027-06-05T23:00", 4)) == [(240, 100)]
    whole_day = rule("00:00", "00:00", weekdays=(5,))
    assert parts([whole_day], span("2027-06-04T23:00", 26)) == [(60, 100), (1440, 150), (60, 100)]


def test_a_rule_applies_between_its_dates_both_included():
    festival = rule("22:00", "02:00", first_date=date(2027, 6, 2), last_date=date(2027, 6, 3))
    for day, percent in ((1, 100), (2, 150), (3, 150), (4, 100)):
        assert parts([festival], span(f"2027-06-{day:02}T22:00")) == [(60, percent)]
    assert parts([festival], span("2027-06-04T01:00")) == [(60, 150)]


def test_where_rules_overlap_the_first_decides():
    evening, holiday = rule(percent=150), rule("00:00", "00:00", percent=200, first_date=date(2027, 6, 3))
    wanted = span("2027-06-03T17:00", 2)
    assert parts([evening, holiday], wanted) == [(60, 200), (60, 150)]
    assert parts([holiday, evening], wanted) == [(120, 200)]


def test_a_peak_has_its_real_length_when_the_clocks_change():
    night = rule("00:00", "06:00")
    forward = span("2027-03-14T00:00", 6, NEW_YORK)
    assert parts([night], forward, NEW_YORK) == [(300, 150), (60, 100)]
    back = span("2027-11-07T00:00", 8, NEW_YORK)
    assert parts([night], back, NEW_YORK) == [(420, 150), (60, 100)]


hours = st.builds(time, st.integers(0, 23), st.sampled_from((0, 15, 30)))
rules = st.lists(
    st.builds(
        PriceRule,
        st.just("a rule"),
        st.sets(st.integers(0, 6), min_size=1).map(tuple),
        hours,
        hours,
        st.none() | st.dates(date(2027, 3, 1), date(2027, 3, 31)),
        st.none() | st.dates(date(2027, 4, 1), date(2027, 4, 30)),
        st.integers(10, 1000),
    ),
    max_size=4,
)
moments = st.integers(0, 40 * 96).map(lambda n: datetime(2027, 3, 8, tzinfo=UTC) + n * 15 * MINUTE)
lengths = st.integers(1, 120).map(lambda n: n * 15 * MINUTE)


def applies(one, moment, zone):
    """To a minute, told from the clock on the wall alone."""
    wall = moment.astimezone(zone)
    for began in (wall.date(), wall.date() - timedelta(days=1)):
        end = began if one.starts < one.ends else began + timedelta(days=1)
        begins, ends = datetime.combine(began, one.starts), datetime.combine(end, one.ends)
        if one.begins_on(began) and begins <= wall.replace(tzinfo=None) < ends:
            return True
    return False


@given(rules, moments, lengths, st.sampled_from((LONDON, NEW_YORK, ZoneInfo("Asia/Kathmandu"))))
def test_each_quarter_hour_has_the_percent_of_the_clock_on_the_wall(some, start, length, zone):
    wanted = Span(start, start + length)
    found = [part.stretch.percent for part in split(some, wanted, zone) for _ in range(part.minutes // 15)]
    assert len(found) == length / (15 * MINUTE)
    for number, percent in enumerate(found):
        moment = start + number * 15 * MINUTE
        if moment.astimezone(zone).utcoffset() != (moment - 30 * HOUR).astimezone(zone).utcoffset():
            continue  # around a change of the clocks, which has its own test
        expected = next((one.percent for one in some if applies(one, moment, zone)), 100)
        assert percent == expected


# Prices.


tiers = st.lists(
    st.builds(Tier, st.integers(1, 48).map(lambda n: n * 5), st.integers(1, 100_000)),
    min_size=1,
    max_size=4,
    unique_by=lambda tier: tier.duration_minutes,
)
stretches = st.lists(
    st.builds(Stretch, st.integers(1, 24).map(lambda n: n * 15), st.integers(10, 1000)),
    min_size=1,
    max_size=6,
)
grids = st.builds(Lengths, st.sampled_from((15, 30, 60, 240)), st.sampled_from((15, 30, 60)))


def first(some, minutes):
    """The stretches of the first minutes."""
    cut, left = [], minutes
    for stretch in some:
        if left > 0:
            cut.append(Stretch(min(left, stretch.minutes), stretch.percent))
        left -= stretch.minutes
    return cut


def test_each_minute_bears_its_share():
    hourly = [Tier(60, 5000)]
    assert price_of_stretches(hourly, [Stretch(60, 100), Stretch(60, 150)], BY_THE_HOUR) == 12500
    four = [Tier(60, 5000), Tier(240, 16000)]
    assert price_of_stretches(four, [Stretch(120, 100), Stretch(120, 150)], BY_THE_HOUR) == 20000


def test_longer_into_cheaper_hours_never_costs_less():
    """Four hours at one price, the last three at half of it: they would come to less than the first alone."""
    flat = [Tier(240, 4000)]
    assert price_of_stretches(flat, [Stretch(60, 100)], BY_THE_HOUR) == 4000
    assert price_of_stretches(flat, [Stretch(60, 100), Stretch(180, 50)], BY_THE_HOUR) == 4000
    only_whole = Lengths(240, 240)
    assert price_of_stretches(flat, [Stretch(60, 100), Stretch(180, 50)], only_whole) == 2500


def test_a_price_is_rounded_half_up_and_never_nothing():
    assert price_of_stretches([Tier(60, 5)], [Stretch(60, 150)], BY_THE_HOUR) == 8
    assert price_of_stretches([Tier(60, 1)], [Stretch(60, 10)], BY_THE_HOUR) == 1


def test_the_longest_booking_of_the_finest_tiers_and_many_rules_is_priced():
    two_weeks = 14 * 24 * 60
    some = [Stretch(30, 100 + n % 7) for n in range(two_weeks // 30)]
    found = price_of_stretches([Tier(5, 10), Tier(two_weeks, 10**12)], some, Lengths(5, 5))
    assert 100 < found * 100 // (two_weeks // 5 * 10) < 107


@given(tiers, stretches, grids, st.data())
def test_a_longer_booking_never_costs_less(some_tiers, some, grid, data):
    whole = sum(stretch.minutes for stretch in some)
    bookable = list(range(grid.shortest, whole + 1, grid.slot))
    if not bookable:
        return
    longer = data.draw(st.sampled_from(bookable))
    shorter = data.draw(st.sampled_from([length for length in bookable if length <= longer]))
    cost, less = (price_of_stretches(some_tiers, first(some, minutes), grid) for minutes in (longer, shorter))
    assert 0 < less <= cost


@given(tiers, stretches, grids, st.randoms())
def test_the_order_of_the_tiers_does_not_matter(some_tiers, some, grid, random):
    shuffled = list(some_tiers)
    random.shuffle(shuffled)
    assert price_of_stretches(shuffled, some, grid) == price_of_stretches(some_tiers, some, grid)


@given(tiers, st.integers(1, 48).map(lambda n: n * 15), st.integers(10, 1000), grids)
def test_at_one_percent_all_through_it_is_that_percent_of_the_tiers(some_tiers, minutes, percent, grid):
    found = price_of_stretches(some_tiers, [Stretch(minutes, percent)], grid)
    exact = total(price(some_tiers, minutes)) * percent / 100
    assert abs(found - max(1, exact)) <= 0.5


@given(tiers, stretches, grids)
def test_a_price_lies_between_its_lowest_and_its_highest_percent(some_tiers, some, grid):
    minutes = sum(stretch.minutes for stretch in some)
    percents = [stretch.percent for stretch in some]
    found, plain = price_of_stretches(some_tiers, some, grid), total(price(some_tiers, minutes))
    assert plain * min(percents) / 100 - 0.5 <= found <= max(1, plain * max(percents) / 100 + 0.5)


@given(st.integers(0, 10**9), st.lists(st.integers(0, 10**6), min_size=1).filter(any))
def test_what_is_apportioned_sums_and_is_less_than_one_unit_off(amount, weights):
    shares = apportion(amount, weights)
    assert sum(shares) == amount
    assert all(
        abs(share - amount * weight / sum(weights)) < 1 + 1e-6
        for share, weight in zip(shares, weights, strict=True)
    )


def test_of_equal_remainders_the_earlier_part_gets_the_unit():
    assert apportion(100, [1, 1, 1]) == [34, 33, 33]
    assert apportion(2, [1, 1, 1]) == [1, 1, 0]


def test_the_bill_has_a_line_for_each_rule_and_one_for_the_rest():
    evenings = rule(name="Evenings")
    room = offer(hours=AROUND_THE_CLOCK, price_rules=(evenings,), max_minutes=1440)
    bill = room.quote(span("2027-06-02T17:30", 6))
    assert [(item.description, item.quantity, item.unit_amount) for item in bill.items] == [
        ("Live Room A, 2 h", 1, 10000),
        ("Live Room A, Evenings, 4 h", 1, 30000),
    ]
    plain = room.quote(span("2027-06-02T10:00", 2))
    assert [(item.description, item.quantity, item.unit_amount) for item in plain.items] == [
        ("Live Room A, 1 h", 2, 5000)
    ]


@given(tiers, rules, moments, lengths)
def test_the_lines_of_the_bill_sum_to_the_price(some_tiers, some, start, length):
    room = offer(tiers=tuple(some_tiers), price_rules=tuple(some), slot_minutes=15, min_minutes=15)
    wanted = Span(start, start + length)
    bill = room.quote(wanted)
    assert all(item.amount >= 0 for item in bill.items)
    assert sum(item.amount for item in bill.items) == bill.total > 0
    split_up = [part.stretch for part in split(some, wanted, LONDON)]
    assert bill.total == price_of_stretches(some_tiers, split_up, Lengths(15, 15))
