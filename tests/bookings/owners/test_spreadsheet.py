import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.core import spreadsheet


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", " =", "\u00a0=", "\uff1d"])
def test_what_starts_like_a_formula_is_text(start):
    assert spreadsheet.safe(f"{start}1+1") == f"'{start}1+1"


@pytest.mark.parametrize("cell", ["", "Mira", "1=1", "a+b", "120.00", "-45.00", "mira@example.com"])
def test_everything_else_stays(cell):
    assert spreadsheet.safe(cell) == cell


@given(st.lists(st.lists(st.text(st.characters(codec="utf-8")), min_size=2, max_size=4), max_size=4))
def test_a_reader_gets_back_what_was_written(rows):
    text = spreadsheet.lines(rows)
    read = list(csv.reader(io.StringIO(text, newline="")))
    assert read == [[spreadsheet.safe(cell) for cell in row] for row in rows]
    assert all(line.endswith("\r\n") for line in text.splitlines(keepends=True)[-1:])


@given(st.text())
def test_no_cell_starts_a_formula(cell):
    is_number = re.fullmatch("-[0-9]+([.][0-9]+)?", cell)
    assert is_number or spreadsheet.safe(cell).lstrip()[:1] not in set("=+-@\uff1d\uff0b\uff0d\uff20")
    assert spreadsheet.safe(cell)[:1] not in set("\t\r\n")


@pytest.mark.parametrize(
    ("minor", "currency", "written"),
    [
        (12005, "USD", "120.05"),
        (12005, "JPY", "12005"),
        (12005, "KWD", "12.005"),
        (-4505, "GBP", "-45.05"),
        (-5, "GBP", "-0.05"),
        (0, "EUR", "0.00"),
    ],
)
def test_amounts_are_in_whole_units(minor, currency, written):
    assert spreadsheet.amount(minor, currency) == written
