"""CSV for spreadsheets (RFC 4180). Pure.

A byte order mark leads: without one Excel takes UTF-8 for its own code page and spoils every name with an accent.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence

from src.core import money

BYTE_ORDER_MARK = "\ufeff"
# What makes a spreadsheet take a cell for a formula, blanks in front of it or not.
_FORMULA_STARTS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
# Not even where a minus leads.
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_CONTROL_STARTS = ("\t", "\r", "\n")


def lines(rows: Iterable[Sequence[str]]) -> str:
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows([safe(cell) for cell in row] for row in rows)
    return buffer.getvalue()


def safe(cell: str) -> str:
    """With an apostrophe in front where a spreadsheet would run it as a formula."""
    if _NUMBER.fullmatch(cell):
        return cell
    is_formula = cell.startswith(_CONTROL_STARTS) or cell.lstrip().startswith(_FORMULA_STARTS)
    return f"'{cell}" if is_formula else cell


def amount(minor_units: int, currency: str) -> str:
    """In whole units, as people count: 12000 is `120.00` in dollars and `12000` in yen."""
    digits = money.minor_unit_digits(currency)
    if digits == 0:
        return str(minor_units)
    whole, part = divmod(abs(minor_units), 10**digits)
    return f"{'-' if minor_units < 0 else ''}{whole}.{part:0{digits}d}"
