"""Peak and off-peak: which rule prices which part of a booking, by the studio's clock. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from src.addresses.localtime import days_between, instant_of, local_date
from src.calendars.service import Span
from src.rooms.pricing.tiers import PLAIN_PERCENT, Stretch

ONE_DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class PriceRule:
    """`ends` at or before `starts` is the next day; weekday and dates, both included, are those of the start."""

    name: str
    weekdays: tuple[int, ...]
    starts: time
    ends: time
    first_date: date | None
    last_date: date | None
    percent: int

    def begins_on(self, day: date) -> bool:
        return (
            day.weekday() in self.weekdays
            and (self.first_date is None or self.first_date <= day)
            and (self.last_date is None or day <= self.last_date)
        )


@dataclass(frozen=True, slots=True)
class Part:
    """Minutes of a booking under one rule, or under none."""

    minutes: int
    rule: PriceRule | None

    @property
    def stretch(self) -> Stretch:
        return Stretch(self.minutes, self.rule.percent if self.rule else PLAIN_PERCENT)


def split(rules: Sequence[PriceRule], span: Span, zone: ZoneInfo) -> list[Part]:
    """The parts of a span, in order of time. Where rules overlap the first of them decides.

    By elapsed time: a peak that loses an hour to the clocks is an hour shorter.
    """
    spans = [(rule, applying) for rule in rules for applying in _spans_of(rule, span, zone)]
    edges = sorted(
        {span.starts_at, span.ends_at}
        | {edge for _, applying in spans for edge in (applying.starts_at, applying.ends_at)}
    )
    parts: list[Part] = []
    for start, end in pairwise(edge for edge in edges if span.starts_at <= edge <= span.ends_at):
        rule = next(
            (rule for rule, applying in spans if applying.starts_at <= start < applying.ends_at), None
        )
        minutes = (end - start) // MINUTE
        if parts and parts[-1].rule is rule:
            parts[-1] = Part(parts[-1].minutes + minutes, rule)
        else:
            parts.append(Part(minutes, rule))
    return parts


def _spans_of(rule: PriceRule, span: Span, zone: ZoneInfo) -> Iterator[Span]:
    """When the rule applies, as far as the span may touch it; one that began the day before too."""
    first, last = local_date(span.starts_at, zone) - ONE_DAY, local_date(span.ends_at, zone) + ONE_DAY
    for day in days_between(first, last):
        if rule.begins_on(day):
            ends_on = day if rule.starts < rule.ends else day + ONE_DAY
            yield Span(
                instant_of(datetime.combine(day, rule.starts), zone),
                instant_of(datetime.combine(ends_on, rule.ends), zone),
            )
