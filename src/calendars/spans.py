"""Arithmetic of half-open spans. Pure."""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from src.calendars.models import LONGEST_OCCUPANCY
from src.calendars.service import Span


def subtract(span: Span, taken: Iterable[Span]) -> list[Span]:
    """What is left of the span, in order."""
    left, start = [], span.starts_at
    for other in sorted(taken, key=lambda other: other.starts_at):
        if other.ends_at <= start or other.starts_at >= span.ends_at:
            continue
        if other.starts_at > start:
            left.append(Span(start, other.starts_at))
        start = max(start, other.ends_at)
    if start < span.ends_at:
        left.append(Span(start, span.ends_at))
    return left


def overlap(one: Span, other: Span) -> bool:
    return one.starts_at < other.ends_at and other.starts_at < one.ends_at


def pieces(span: Span, longest: timedelta = LONGEST_OCCUPANCY) -> Iterator[Span]:
    """One after the other, each no longer than an occupancy may be."""
    start = span.starts_at
    while start < span.ends_at:
        end = min(start + longest, span.ends_at)
        yield Span(start, end)
        start = end
