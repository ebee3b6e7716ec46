"""The opening plan of a studio as SQL and back: for every statement that has to know when a studio is open.

`PLAN` is an expression over a row called `address`; it rides in the one statement that reads a room or a studio. What
is over is left out: nobody asks any more, and the text stays short and the same for long.
"""

from datetime import date, datetime, time
from functools import lru_cache
from typing import Any

import orjson

from src.addresses.enums import HoursMode
from src.addresses.hours import ClosedDates, Closure, DayHours, OpeningPlan, SpecialDay, WeeklyHours
from src.calendars.service import Span

PLAN = """
json_build_array(
    (SELECT json_agg(json_build_array(weekday, mode, opens, closes) ORDER BY weekday, opens)
     FROM operating_hours WHERE address_id = address.id),
    (SELECT json_agg(json_build_array(first_date, last_date, label, hours) ORDER BY first_date)
     FROM special_days WHERE address_id = address.id AND last_date >= current_date - 2),
    (SELECT json_agg(json_build_array(first_date, last_date, starts_at, ends_at) ORDER BY id)
     FROM address_closures WHERE address_id = address.id
     AND (last_date >= current_date - 2 OR ends_at > now()))
)::text"""


# Rooms of the same studio carry the same text: parsed once.
@lru_cache(maxsize=1024)
def parse_plan(text: str) -> OpeningPlan:
    weekly, special_days, closures = (rows or [] for rows in orjson.loads(text))
    return OpeningPlan(
        weekly=tuple(WeeklyHours(weekday, *_hours(*span)) for weekday, *span in weekly),
        special_days=tuple(
            SpecialDay(date.fromisoformat(first), date.fromisoformat(last), label, parse_day(hours))
            for first, last, label, hours in special_days
        ),
        closures=tuple(_closure(*row) for row in closures),
    )


def parse_day(hours: list[Any]) -> tuple[DayHours, ...]:
    """The hours of a special day as its row has them."""
    return tuple(DayHours(*_hours(*span)) for span in hours)


def write_day(hours: tuple[DayHours, ...]) -> list[Any]:
    """The other way round."""
    return [[entry.mode, _written(entry.opens), _written(entry.closes)] for entry in hours]


def _hours(mode: str, opens: str | None, closes: str | None) -> tuple[HoursMode, time | None, time | None]:
    return HoursMode(mode), _time(opens), _time(closes)


def _closure(first: str | None, last: str | None, starts_at: str, ends_at: str) -> Closure:
    if first is not None and last is not None:
        return ClosedDates(date.fromisoformat(first), date.fromisoformat(last))
    return Span(datetime.fromisoformat(starts_at), datetime.fromisoformat(ends_at))


def _time(value: str | None) -> time | None:
    return time.fromisoformat(value) if value is not None else None


def _written(value: time | None) -> str | None:
    return value.isoformat("minutes") if value is not None else None
