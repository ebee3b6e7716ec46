"""Days in UTC as quarters of an hour: what `taken_days.touched` has a bit for each of."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from src.calendars.service import Span

MINUTE = timedelta(minutes=1)
QUARTER = 15 * MINUTE
DAY = timedelta(days=1)
QUARTERS_OF_DAY = 96


@dataclass(frozen=True, slots=True)
class Quarters:
    """Those that lie within a span, day by day, the first one leftmost; exact when they are all of it."""

    by_day: dict[date, str]
    are_exact: bool


def quarters_within(span: Span) -> Quarters:
    first, missing_before = divmod(span.starts_at.astimezone(UTC) - _EPOCH, QUARTER)
    last, missing_after = divmod(span.ends_at.astimezone(UTC) - _EPOCH, QUARTER)
    if missing_before:
        first += 1
    by_day = {}
    for day in range(first // QUARTERS_OF_DAY, -(-last // QUARTERS_OF_DAY)):
        midnight = day * QUARTERS_OF_DAY
        before = max(0, first - midnight)
        within = max(0, min(QUARTERS_OF_DAY, last - midnight) - before)
        by_day[(_EPOCH + day * DAY).date()] = ("0" * before + "1" * within).ljust(QUARTERS_OF_DAY, "0")
    return Quarters(by_day, are_exact=not missing_before and not missing_after)


def milestones_within(span: Span, length: timedelta) -> dict[date, str]:
    """Quarters of which any stretch of `length` holds one: when all of them are touched there is no such stretch.

    Wherever it begins it holds some whole quarters, so one of every so many will do. In less than 29 minutes
    there may be none.
    """
    apart = (length - (QUARTER - MINUTE)) // QUARTER
    if apart < 1:
        return {}
    days = quarters_within(span).by_day.items()
    within = [(day, number) for day, bits in days for number, bit in enumerate(bits) if bit == "1"]
    milestones: dict[date, str] = {}
    for day, number in within[apart - 1 :: apart]:
        before = milestones.get(day, "").rstrip("0").ljust(number, "0")
        milestones[day] = f"{before}1".ljust(QUARTERS_OF_DAY, "0")
    return milestones


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
