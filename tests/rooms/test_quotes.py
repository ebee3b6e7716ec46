"""The whole bill: room, extras, tax, and our share."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.rooms.pricing.quotes import Charged, Extra, Item, ItemKind, Terms, quote

ROOM = Item(ItemKind.ROOM, "Live Room A, 1 h", 2, 5000)
DRUMS = Extra(ItemKind.EQUIPMENT, "Drum kit", 1, 1500, Charged.PER_BOOKING)
MICROPHONES = Extra(ItemKind.EQUIPMENT, "Microphone", 3, 333, Charged.PER_HOUR)
ENGINEER = Extra(ItemKind.SERVICE, "Sound engineer", 1, 4000, Charged.PER_HOUR)
NO_TAX = Terms(tax_rate_bp=0, prices_include_tax=True, platform_fee_bp=1000)

rates = st.integers(0, 10_000)
terms = st.builds(Terms, rates, st.booleans(), rates)
room_items = st.lists(
    st.builds(Item, st.just(ItemKind.ROOM), st.just("room"), st.integers(1, 20), st.integers(0, 10**6)),
    min_size=1,
    max_size=4,
)
extras = st.lists(
    st.builds(
        Extra,
        st.sampled_from((ItemKind.EQUIPMENT, ItemKind.SERVICE)),
        st.just("extra"),
        st.integers(1, 5),
        st.integers(0, 10**5),
        st.sampled_from(Charged),
    ),
    max_size=4,
)
minutes = st.integers(1, 288).map(lambda n: n * 5)


def test_extras_cost_by_the_hour_or_by_the_booking():
    bill = quote([ROOM], extras=[DRUMS, MICROPHONES, ENGINEER], minutes=90, terms=NO_TAX)
    assert [(item.kind.value, item.quantity, item.unit_amount) for item in bill.items] == [
        ("room", 2, 5000),
        ("equipment", 1, 1500),
        ("equipment", 3, 500),  # 499.5
        ("service", 1, 6000),
    ]
    assert (bill.total, bill.tax, bill.platform_fee) == (19000, 0, 1900)


@pytest.mark.parametrize(
    ("terms", "total", "tax", "fee"),
    [
        (Terms(2000, True, 1000), 10000, 1667, 833),  # 20 % of 8333
        (Terms(2000, False, 1000), 12000, 2000, 1000),
        (Terms(825, False, 0), 10825, 825, 0),
        (Terms(0, False, 250), 10000, 0, 250),
        (Terms(10_000, True, 10_000), 10000, 5000, 5000),
    ],
)
def test_tax_is_contained_or_comes_on_top_and_the_fee_is_of_what_is_left(terms, total, tax, fee):
    bill = quote([ROOM], minutes=120, terms=terms)
    assert (bill.total, bill.tax, bill.platform_fee) == (total, tax, fee)


def test_tax_on_top_is_the_last_line_and_says_its_rate():
    bill = quote([ROOM], extras=[DRUMS], minutes=120, terms=Terms(825, False, 1000))
    assert bill.items[-1] == Item(ItemKind.TAX, "Tax, 8.25 %", 1, 949)
    assert [item.kind for item in quote([ROOM], minutes=120, terms=Terms(825, True, 1000)).items] == ["room"]


@given(room_items, extras, minutes, terms)
def test_lines_sum_to_the_total_and_nothing_is_negative(items, more, length, conditions):
    bill = quote(items, extras=more, minutes=length, terms=conditions)
    assert sum(item.amount for item in bill.items) == bill.total
    assert all(item.amount >= 0 for item in bill.items)
    assert 0 <= bill.tax <= bill.total
    assert 0 <= bill.platform_fee <= bill.total - bill.tax


@given(room_items, extras, minutes, minutes, terms)
def test_longer_never_costs_less(items, more, one, other, conditions):
    shorter, longer = (
        quote(items, extras=more, minutes=length, terms=conditions) for length in sorted((one, other))
    )
    assert shorter.total <= longer.total


@given(room_items, extras, extras, minutes, terms)
def test_one_more_extra_never_makes_it_cheaper(items, more, others, length, conditions):
    few = quote(items, extras=more, minutes=length, terms=conditions)
    many = quote(items, extras=[*more, *others], minutes=length, terms=conditions)
    assert few.total <= many.total


@given(room_items, minutes, rates)
def test_tax_taken_out_of_a_price_is_the_tax_put_on_it(items, length, rate):
    on_top = quote(items, minutes=length, terms=Terms(rate, False, 0))
    gross = Item(ItemKind.ROOM, "gross", 1, on_top.total)
    contained = quote([gross], minutes=length, terms=Terms(rate, True, 0))
    assert abs(contained.tax - on_top.tax) <= 1
