"""When a series takes place, on the clock on the studio's wall. Pure.

Rules are those of RFC 5545, of which dateutil knows more than is good for anybody: only some parts are let through,
and no rule is followed for longer than two years, so that none can keep us busy.
"""

import re
from datetime import datetime, time, timedelta
from itertools import islice

from dateutil.rrule import rrule, rrulestr

from src.bookings.series.exceptions import RuleNotUnderstoodError, TooManyOccurrencesError

MOST_OCCURRENCES = 52
LONGEST = timedelta(days=2 * 366)

_DAY = r"([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)"
_NUMBER = r"-?(3[01]|[12][0-9]|[1-9])"
_ENDS = {"COUNT": r"[1-9][0-9]{0,3}", "UNTIL": r"[0-9]{8}(T[0-9]{6})?"}
_WEEKDAY = "(MO|TU|WE|TH|FR|SA|SU)"
# What can never come true would be looked for to the year 9999: these parts, so combined, nearly always do.
_PARTS = {
    "DAILY": {"INTERVAL": r"[1-9][0-9]?"},
    "WEEKLY": {"INTERVAL": r"[1-9][0-9]?", "BYDAY": rf"{_WEEKDAY}(,{_WEEKDAY}){{0,6}}", "WKST": r"MO|SU"},
    "MONTHLY": {
        "INTERVAL": r"[1-9]|1[0-2]",
        "BYDAY": rf"{_DAY}(,{_DAY}){{0,6}}",
        "BYMONTHDAY": rf"{_NUMBER}(,{_NUMBER}){{0,30}}",
    },
}


def occurrences(rule: str, start: datetime) -> list[datetime]:
    """Starts as the wall shows them, in order, `start` being the first if the rule allows it.

    Raises `RuleNotUnderstoodError`, `TooManyOccurrencesError`.
    """
    parts = _parts(rule)
    count = int(parts.get("COUNT", MOST_OCCURRENCES + 1))
    if "COUNT" in parts and count > MOST_OCCURRENCES:
        raise TooManyOccurrencesError
    found = list(islice(_bounded(parts, start), count))
    if len(found) > MOST_OCCURRENCES:
        raise TooManyOccurrencesError
    if not found:
        raise RuleNotUnderstoodError("The rule never comes true within two years.")
    return found


def _parts(rule: str) -> dict[str, str]:
    pairs = [part.partition("=") for part in rule.upper().removeprefix("RRULE:").split(";")]
    parts = {name: value for name, _, value in pairs}
    known = _ENDS | _PARTS.get(parts.get("FREQ", ""), {})
    is_known = parts.get("FREQ") in _PARTS and all(
        name in known and re.fullmatch(known[name], value) is not None
        for name, value in parts.items()
        if name != "FREQ"
    )
    has_one_end = ("COUNT" in parts) != ("UNTIL" in parts)
    if len(parts) < len(pairs) or not is_known or not has_one_end or {"BYDAY", "BYMONTHDAY"} <= parts.keys():
        raise RuleNotUnderstoodError
    return parts


def _bounded(parts: dict[str, str], start: datetime) -> rrule:
    """Without its count: dateutil would follow one to the year 9999 where it never comes true."""
    text = ";".join(f"{name}={value}" for name, value in parts.items() if name not in {"UNTIL", "COUNT"})
    latest = start + LONGEST
    try:
        endless = rrulestr(text, dtstart=start)
        assert isinstance(endless, rrule)
        return endless.replace(until=min(_until(parts["UNTIL"]), latest) if "UNTIL" in parts else latest)
    except ValueError as error:
        raise RuleNotUnderstoodError from error


def _until(value: str) -> datetime:
    """A date alone is all of that day."""
    try:
        if "T" in value:
            return datetime.strptime(value, "%Y%m%dT%H%M%S")  # noqa: DTZ007 - on the wall
        return datetime.combine(datetime.strptime(value, "%Y%m%d").date(), time.max)  # noqa: DTZ007
    except ValueError as error:
        raise RuleNotUnderstoodError from error
