"""The words for times and for the cancellation policy."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from src.agreements import wording
from src.bookings import cancellation
from src.bookings.cancellation import RefundTier

LONDON, NEW_YORK = ZoneInfo("Europe/London"), ZoneInfo("America/New_York")
STARTS_AT = datetime(2027, 3, 5, 18, tzinfo=UTC)


@pytest.mark.parametrize(
    ("starts_at", "ends_at", "zone", "said"),
    [
        (
            datetime(2027, 3, 5, 18, tzinfo=UTC),
            datetime(2027, 3, 5, 21, tzinfo=UTC),
            LONDON,
            "Friday, 5 March 2027, 18:00 to 21:00",
        ),
        (
            datetime(2027, 3, 5, 22, tzinfo=UTC),
            datetime(2027, 3, 6, 2, tzinfo=UTC),
            LONDON,
            "Friday, 5 March 2027, 22:00 to Saturday, 6 March 2027, 02:00",
        ),
        (
            datetime(2027, 3, 5, 18, tzinfo=UTC),
            datetime(2027, 3, 5, 21, tzinfo=UTC),
            NEW_YORK,
            "Friday, 5 March 2027, 13:00 to 16:00",
        ),
    ],
)
def test_times_are_the_studios(starts_at, ends_at, zone, said):
    assert wording.period(starts_at, ends_at, zone) == said


def test_a_night_in_which_the_clocks_change_has_both_offsets():
    starts_at = datetime(2027, 3, 27, 23, tzinfo=UTC)
    said = wording.zone_name(starts_at, starts_at + timedelta(hours=4), LONDON)
    assert said == "Europe/London (UTC+00:00 at the start, UTC+01:00 at the end)"
    assert wording.zone_name(STARTS_AT, STARTS_AT, NEW_YORK) == "America/New_York (UTC-05:00)"


def steps(*policy, starts_at=STARTS_AT):
    made_at = starts_at - timedelta(days=60)
    return cancellation.steps(policy, starts_at=starts_at, made_at=made_at, now=made_at)


def test_a_policy_has_real_dates():
    assert wording.refunds(steps(RefundTier(72, 100), RefundTier(24, 50)), LONDON) == [
        {"when": "until Tuesday, 2 March 2027, 18:00", "refund": "100 %"},
        {"when": "after that, until Thursday, 4 March 2027, 18:00", "refund": "50 %"},
        {"when": "later than that", "refund": "nothing"},
    ]


def test_deadlines_are_elapsed_hours_before_the_start_as_the_refund_counts_them():
    starts_at = datetime(2027, 3, 28, 17, tzinfo=UTC)  # 18:00, a day after the clocks went forward
    (row, _) = wording.refunds(steps(RefundTier(24, 100), starts_at=starts_at), LONDON)
    assert row["when"] == "until Saturday, 27 March 2027, 17:00"


def test_a_grace_period_is_the_first_deadline():
    """Made 60 days ahead, at 18:00."""
    first, *_ = wording.refunds(steps(RefundTier(24, 50), RefundTier(48, 100, 60)), LONDON)
    assert first == {"when": "until Monday, 4 January 2027, 19:00", "refund": "100 %"}


def test_no_policy_pays_nothing_back():
    assert wording.refunds(steps(), LONDON) == [{"when": "at any time", "refund": "nothing"}]


@pytest.mark.parametrize(("minutes", "said"), [(60, "1 h"), (90, "1 h 30 min"), (30, "30 min")])
def test_lengths(minutes, said):
    assert wording.length(timedelta(minutes=minutes)) == said
