from itertools import pairwise
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.rooms.pricing.tiers import PriceItem, Tier, price, total

HOUR, FOUR_HOURS, DAY = Tier(60, 5000), Tier(240, 16000), Tier(480, 28000)
tiers = st.lists(
    st.builds(Tier, st.integers(1, 48).map(lambda n: n * 5), st.integers(1, 100_000)),
    min_size=1,
    max_size=5,
    unique_by=lambda tier: tier.duration_minutes,
)
minutes = st.integers(1, 96).map(lambda n: n * 5)


def cost(price_tiers, length):
    return total(price(price_tiers, length))


def covered(items):
    return sum(item.quantity * item.duration_minutes for item in items)


def cheapest_of_all_covers(price_tiers, length):
    """By brute force: every number of every tier; the last makes up what is left."""
    first, *others = price_tiers
    if not others:
        return ceil(length / first.duration_minutes) * first.amount if length > 0 else 0
    most = ceil(max(0, length) / first.duration_minutes)
    return min(
        n * first.amount + cheapest_of_all_covers(others, length - n * first.duration_minutes)
        for n in range(most + 1)
    )


@pytest.mark.parametrize(
    ("length", "bill"),
    [
        (60, [PriceItem(60, 1, 5000)]),
        (30, [PriceItem(60, 1, 5000)]),
        (90, [PriceItem(60, 2, 5000)]),
        (180, [PriceItem(60, 3, 5000)]),
        (240, [PriceItem(240, 1, 16000)]),
        (300, [PriceItem(240, 1, 16000), PriceItem(60, 1, 5000)]),
        (420, [PriceItem(480, 1, 28000)]),  # seven hours are dearer than a day
        (480, [PriceItem(480, 1, 28000)]),
        (1020, [PriceItem(480, 2, 28000), PriceItem(60, 1, 5000)]),
    ],
)
def test_a_length_costs_the_cheapest_set_of_tiers(length, bill):
    assert price([HOUR, FOUR_HOURS, DAY], length) == bill


def test_a_longer_tier_that_is_cheaper_is_taken_for_less_time():
    assert price([HOUR, Tier(240, 4000)], 60) == [PriceItem(240, 1, 4000)]


def test_of_equally_cheap_bills_the_one_with_fewest_lines_is_taken():
    assert price([HOUR, Tier(120, 10000)], 120) == [PriceItem(120, 1, 10000)]


def test_an_item_costs_its_quantity_times_its_price():
    assert PriceItem(60, 3, 5000).amount == 15000


def test_the_longest_booking_of_the_finest_tiers_is_priced():
    two_weeks = 14 * 24 * 60
    assert cost([Tier(5, 10), Tier(two_weeks, 10**12)], two_weeks) == two_weeks // 5 * 10


@given(tiers, minutes)
def test_a_price_is_positive_and_covers_the_duration(price_tiers, length):
    items = price(price_tiers, length)
    assert covered(items) >= length
    assert all(item.quantity > 0 and item.amount > 0 for item in items)


@given(tiers, minutes)
def test_the_items_are_of_the_tiers_and_sum_to_the_total(price_tiers, length):
    items = price(price_tiers, length)
    assert {Tier(item.duration_minutes, item.unit_amount) for item in items} <= set(price_tiers)
    assert sum(item.quantity * item.unit_amount for item in items) == total(items)
    assert all(longer.duration_minutes > item.duration_minutes for longer, item in pairwise(items))


@given(tiers, minutes, minutes)
def test_a_longer_booking_never_costs_less(price_tiers, one, other):
    shorter, longer = sorted((one, other))
    assert cost(price_tiers, shorter) <= cost(price_tiers, longer)


@given(tiers, minutes, minutes)
def test_two_bookings_never_cost_less_than_one_of_both(price_tiers, one, other):
    assert cost(price_tiers, one + other) <= cost(price_tiers, one) + cost(price_tiers, other)


@given(tiers, minutes, st.randoms())
def test_the_order_of_the_tiers_does_not_matter(price_tiers, length, random):
    shuffled = list(price_tiers)
    random.shuffle(shuffled)
    assert price(shuffled, length) == price(price_tiers, length)


@given(tiers, st.builds(Tier, st.integers(1, 400), st.integers(1, 100_000)), minutes)
def test_one_more_tier_never_makes_it_dearer(price_tiers, another, length):
    assert cost([*price_tiers, another], length) <= cost(price_tiers, length)


@given(
    st.lists(
        st.builds(Tier, st.integers(4, 40).map(lambda n: n * 5), st.integers(1, 100_000)),
        min_size=1,
        max_size=3,
        unique_by=lambda tier: tier.duration_minutes,
    ),
    minutes,
)
def test_no_cover_of_all_is_cheaper(price_tiers, length):
    assert cost(price_tiers, length) == cheapest_of_all_covers(price_tiers, length)
