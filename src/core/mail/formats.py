"""Money and times in words, as a language and country write them. These are the filters of the templates."""

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_datetime, format_time, get_timezone_name
from babel.numbers import parse_pattern

from src.core import money

# Of some fonts: mail programs show a box in the place of a narrow space.
NARROW_SPACE = "\u202f"
NO_BREAK_SPACE = "\u00a0"
# `KWD 1.000` where a currency has no sign: the spacing of CLDR that the library leaves out.
CODE_BEFORE_DIGITS = re.compile(r"(?<=[^\W\d_])(?=\d)")
TO = f"{NO_BREAK_SPACE}\N{EN DASH} "  # which begins no line


class Formats:
    """Instants are ISO 8601 with an offset; each comes with the name of the zone that its readers live by."""

    def __init__(self, locale: Locale) -> None:
        self._locale = locale
        time = locale.time_formats["short"].pattern
        both = str(locale.datetime_formats["medium"]).replace("{0}", time)
        self._long = both.replace("{1}", locale.date_formats["full"].pattern)
        self._brief = both.replace("{1}", str(locale.datetime_skeletons["MMMEd"]))

    def filters(self) -> dict[str, Any]:
        return {"money": self.money, "moment": self.moment, "briefly": self.briefly, "span": self.span}

    def money(self, value: Mapping[str, Any]) -> str:
        """`£1,200.00`, with the digits of ISO 4217: the library's own follow what is used in cash."""
        digits = money.minor_unit_digits(value["currency"])
        pattern = parse_pattern(self._locale.currency_formats["standard"].pattern)
        pattern.frac_prec = (digits, digits)
        amount = Decimal(value["amount"]).scaleb(-digits)
        written = pattern.apply(amount, self._locale, currency=value["currency"], currency_digits=False)
        return CODE_BEFORE_DIGITS.sub(NO_BREAK_SPACE, written)

    def moment(self, instant: str, timezone: str) -> str:
        """`Monday, 1 March 2027, 18:00`."""
        return self._write(self._long, instant, timezone)

    def briefly(self, instant: str, timezone: str) -> str:
        """`Mon 1 Mar, 18:00`, for subjects."""
        return self._write(self._brief, instant, timezone)

    def span(self, starts: str, ends: str, timezone: str) -> str:
        """`Monday, 1 March 2027, 18:00 - 20:00 (Greenwich Mean Time)`, each end with its own zone if they differ."""
        zone = ZoneInfo(timezone)
        first, last = [datetime.fromisoformat(instant).astimezone(zone) for instant in (starts, ends)]
        if first.utcoffset() != last.utcoffset():
            return self._with_zone(starts, timezone) + TO + self._with_zone(ends, timezone)
        if first.date() == last.date():
            end = format_time(last, "short", zone, self._locale).replace(NARROW_SPACE, " ")
        else:
            end = self.moment(ends, timezone)
        return f"{self.moment(starts, timezone)}{TO}{end} ({self._zone(first)})"

    def _with_zone(self, instant: str, timezone: str) -> str:
        local = datetime.fromisoformat(instant).astimezone(ZoneInfo(timezone))
        return f"{self.moment(instant, timezone)} ({self._zone(local)})"

    def _zone(self, local: datetime) -> str:
        return get_timezone_name(local, "long", locale=self._locale)

    def _write(self, pattern: str, instant: str, timezone: str) -> str:
        local = datetime.fromisoformat(instant)
        return format_datetime(local, pattern, ZoneInfo(timezone), self._locale).replace(NARROW_SPACE, " ")
