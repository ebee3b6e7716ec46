"""What a cancellation pays back: a pure function of policy, money, moment and who cancels."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.bookings.cancellation import (
    GRACE,
    PRESETS,
    Bill,
    RefundTier,
    freeze,
    percent_at,
    refund,
    steps,
    thaw,
)
from src.bookings.enums import Actor
from src.companies.enums import CancellationPolicy

START = datetime(2027, 3, 1, 18, tzinfo=UTC)
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
FLEXIBLE, MODERATE, STRICT = PRESETS.values()

policies = st.lists(st.builds(RefundTier, st.integers(0, 500), st.integers(0, 100)), max_size=4)
amounts = st.integers(0, 10**12)
moments = st.integers(-(10**6), 10**7).map(lambda seconds: START - seconds * SECOND)


def before_start(policy, before, paid=10_000):
    return by_customer(policy, paid, START - before)


def by_customer(policy, paid, now, starts_at=START):
    return amount(policy, paid=paid, starts_at=starts_at, now=now, actor=Actor.CUSTOMER)


def amount(policy, *, paid, starts_at, now, actor):
    made_at = starts_at - timedelta(days=400)
    percent = percent_at(policy, starts_at=starts_at, made_at=made_at, now=now, actor=actor)
    return refund(Bill(total=paid, tax=0, fee=0, paid=paid), percent).amount


@pytest.mark.parametrize(
    ("policy", "before", "percent"),
    [
        (FLEXIBLE, 24 * HOUR, 100),
        (FLEXIBLE, 24 * HOUR - SECOND, 50),
        (FLEXIBLE, 0 * HOUR, 50),
        (FLEXIBLE, -SECOND, 0),
        (MODERATE, 72 * HOUR, 100),
        (MODERATE, 72 * HOUR - SECOND, 50),
        (MODERATE, 24 * HOUR, 50),
        (MODERATE, 24 * HOUR - SECOND, 0),
        (STRICT, 14 * 24 * HOUR, 100),
        (STRICT, 14 * 24 * HOUR - SECOND, 50),
        (STRICT, 7 * 24 * HOUR, 50),
        (STRICT, 7 * 24 * HOUR - SECOND, 0),
        ((), 1000 * HOUR, 0),
    ],
    ids=str,
)
def test_each_tier_holds_up_to_its_very_second(policy, before, percent):
    assert before_start(policy, before) == percent * 100


def test_half_a_cent_is_rounded_up():
    assert before_start(MODERATE, 48 * HOUR, paid=101) == 51
    assert before_start((RefundTier(0, 33),), HOUR, paid=50) == 17  # 16.5
    assert before_start((RefundTier(0, 33),), HOUR, paid=1) == 0


def test_an_hour_is_an_hour_also_when_the_clocks_change():
    """24 hours before a Sunday noon after the change is Saturday at eleven on the wall."""
    noon = datetime.fromisoformat("2027-03-28T12:00:00+01:00")
    eleven = datetime.fromisoformat("2027-03-27T11:00:00+00:00")
    assert by_customer(FLEXIBLE, 100, eleven, noon) == 100
    assert by_customer(FLEXIBLE, 100, eleven + SECOND, noon) == 50


@given(policies, amounts, moments)
def test_the_owner_pays_all_of_it_back(policy, paid, now):
    assert amount(policy, paid=paid, starts_at=START, now=now, actor=Actor.OWNER) == paid


@given(policies, amounts, moments, st.sampled_from(Actor))
def test_never_less_than_nothing_nor_more_than_was_paid(policy, paid, now, actor):
    assert 0 <= amount(policy, paid=paid, starts_at=START, now=now, actor=actor) <= paid


@given(policies, amounts, moments, moments)
def test_waiting_never_pays(policy, paid, one, other):
    sooner, later = sorted((one, other))
    assert by_customer(policy, paid, later) <= by_customer(policy, paid, sooner)


@given(policies, amounts, moments, st.randoms())
def test_the_order_of_the_tiers_does_not_matter(policy, paid, now, random):
    shuffled = list(policy)
    random.shuffle(shuffled)
    assert by_customer(shuffled, paid, now) == by_customer(policy, paid, now)


@given(amounts, moments)
def test_a_stricter_policy_never_pays_more(paid, now):
    flexible, moderate, strict = (by_customer(policy, paid, now) for policy in PRESETS.values())
    assert flexible >= moderate >= strict


@st.composite
def bills(draw):
    total = draw(st.integers(1, 10**12))
    tax = draw(st.integers(0, total))
    return Bill(total=total, tax=tax, fee=draw(st.integers(0, total - tax)), paid=draw(st.integers(0, total)))


@given(bills(), st.integers(0, 100))
def test_what_goes_back_and_what_stays_are_what_was_paid(bill, percent):
    parted = refund(bill, percent)
    assert parted.amount + parted.kept == bill.paid
    assert 0 <= parted.tax <= parted.amount + 1
    assert 0 <= parted.kept_tax <= parted.kept + 1
    assert parted.kept_fee <= bill.fee


@given(bills())
def test_all_of_it_back_leaves_neither_tax_nor_fee(bill):
    parted = refund(bill, 100)
    assert (parted.amount, parted.kept, parted.kept_tax, parted.kept_fee) == (bill.paid, 0, 0, 0)


@given(bills(), st.lists(st.integers(0, 100), max_size=5))
def test_refunds_of_what_is_left_never_exceed_what_was_paid(bill, percents):
    left = bill.paid
    for percent in percents:
        left -= refund(Bill(bill.total, bill.tax, bill.fee, left), percent).amount
        assert left >= 0


def test_tax_goes_back_in_proportion_and_the_fee_is_due_on_what_stays():
    parted = refund(Bill(total=12_000, tax=2_000, fee=1_000, paid=12_000), 50)
    assert (parted.amount, parted.tax, parted.kept_tax, parted.kept_fee) == (6_000, 1_000, 1_000, 500)


def test_whoever_has_just_booked_gets_everything_back():
    made_at = START - 60 * HOUR
    policy = thaw(freeze(CancellationPolicy.STRICT, ()))

    def percent(after, starts_at=START):
        return percent_at(
            policy, starts_at=starts_at, made_at=made_at, now=made_at + after, actor=Actor.CUSTOMER
        )

    assert policy[-1] == GRACE
    assert (percent(HOUR), percent(HOUR + SECOND)) == (100, 0)
    assert percent(SECOND, starts_at=made_at + 48 * HOUR) == 0  # too near for second thoughts


@given(policies, st.integers(0, 10**6), moments)
def test_each_step_holds_until_its_very_instant(policy, made_ago, now):
    made_at = now - made_ago * SECOND
    policy = [*policy, GRACE]

    def percent(at):
        return percent_at(policy, starts_at=START, made_at=made_at, now=at, actor=Actor.CUSTOMER)

    found = steps(policy, starts_at=START, made_at=made_at, now=now)
    assert percent(now) == (found[0].percent if found else 0)
    assert [step.percent for step in found] == sorted({step.percent for step in found}, reverse=True)
    percents = [*[step.percent for step in found], 0]
    for step, (here, after) in zip(found, pairwise(percents), strict=True):
        assert percent(step.until) == here
        assert percent(step.until + timedelta(microseconds=1)) == after
