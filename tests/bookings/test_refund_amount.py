"""What a cancellation pays back: a pure function of policy, money, moment and who cancels."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.bookings.cancellation import PRESETS, RefundTier, refund_amount
from src.bookings.enums import Actor
from src.companies.enums import CancellationPolicy

START = datetime(2027, 3, 1, 18, tzinfo=UTC)
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
FLEXIBLE, MODERATE, STRICT = (PRESETS[policy] for policy in CancellationPolicy)

policies = st.lists(st.builds(RefundTier, st.integers(0, 500), st.integers(0, 100)), max_size=4)
amounts = st.integers(0, 10**12)
moments = st.integers(-(10**6), 10**7).map(lambda seconds: START - seconds * SECOND)


def refund(policy, before, paid=10_000):
    return by_customer(policy, paid, START - before)


def by_customer(policy, paid, now, starts_at=START):
    return refund_amount(policy, paid=paid, starts_at=starts_at, now=now, actor=Actor.CUSTOMER)


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
    assert refund(policy, before) == percent * 100


def test_half_a_cent_is_rounded_up():
    assert refund(MODERATE, 48 * HOUR, paid=101) == 51
    assert refund((RefundTier(0, 33),), HOUR, paid=50) == 17  # 16.5
    assert refund((RefundTier(0, 33),), HOUR, paid=1) == 0


def test_an_hour_is_an_hour_also_when_the_clocks_change():
    """24 hours before a Sunday noon after the change is Saturday at eleven on the wall."""
    noon = datetime.fromisoformat("2027-03-28T12:00:00+01:00")
    eleven = datetime.fromisoformat("2027-03-27T11:00:00+00:00")
    assert by_customer(FLEXIBLE, 100, eleven, noon) == 100
    assert by_customer(FLEXIBLE, 100, eleven + SECOND, noon) == 50


@given(policies, amounts, moments)
def test_the_owner_pays_all_of_it_back(policy, paid, now):
    assert refund_amount(policy, paid=paid, starts_at=START, now=now, actor=Actor.OWNER) == paid


@given(policies, amounts, moments, st.sampled_from(Actor))
def test_never_less_than_nothing_nor_more_than_was_paid(policy, paid, now, actor):
    assert 0 <= refund_amount(policy, paid=paid, starts_at=START, now=now, actor=actor) <= paid


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
