from typing import Any

import pycountry
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from src.core.money import (
    LARGEST_AMOUNT,
    Amount,
    Currency,
    Money,
    display,
    minor_unit_digits,
    percentage,
    share,
)

amounts = st.integers(0, LARGEST_AMOUNT)


class Price(BaseModel):
    amount: Amount
    currency: Currency


@pytest.mark.parametrize("amount", [-1, LARGEST_AMOUNT + 1, 1.0, 12.5, "1200", True, None, float("nan")])
def test_amounts_are_whole_minor_units(amount: Any) -> None:
    with pytest.raises(ValidationError):
        Price(amount=amount, currency="GBP")


@pytest.mark.parametrize("currency", ["gbp", "GB", "GBPX", "XXY", "", "£", "\uff27\uff22\uff30"])
def test_currencies_are_codes_of_iso_4217(currency: str) -> None:
    with pytest.raises(ValidationError):
        Price(amount=1, currency=currency)


def test_money_cannot_be_changed() -> None:
    money = Money(amount=12000, currency="USD")
    with pytest.raises(ValidationError, match="frozen"):
        money.amount = 1  # type: ignore[misc]


@pytest.mark.parametrize(
    ("amount", "percent", "part"),
    [(10000, 50, 5000), (99, 50, 50), (101, 50, 51), (1, 49, 0), (1, 50, 1), (333, 33, 110), (7, 0, 0)],
)
def test_percents_are_rounded_half_up(amount: int, percent: int, part: int) -> None:
    assert percentage(amount, percent) == part


@given(amounts, st.integers(0, 10_000))
def test_a_share_is_a_part_within_half_a_unit_of_the_exact_one(amount: int, basis_points: int) -> None:
    part = share(amount, basis_points)
    assert 0 <= part <= amount
    assert 2 * abs(part * 10_000 - amount * basis_points) <= 10_000


@given(amounts)
def test_the_whole_is_the_whole(amount: int) -> None:
    assert percentage(amount, 100) == share(amount, 10_000) == amount


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (12000, "USD", "120.00 USD"),
        (5, "EUR", "0.05 EUR"),
        (0, "GBP", "0.00 GBP"),
        (123456789, "USD", "1,234,567.89 USD"),
        (12000, "JPY", "12,000 JPY"),
        (12345, "KWD", "12.345 KWD"),
        (-150, "USD", "-1.50 USD"),
        (-5, "USD", "-0.05 USD"),
    ],
)
def test_people_read_amounts_in_whole_units(amount: int, currency: str, text: str) -> None:
    assert display(amount, currency) == text


@pytest.mark.parametrize(("currency", "digits"), [("USD", 2), ("JPY", 0), ("ISK", 0), ("BHD", 3), ("BRL", 2)])
def test_minor_units_have_as_many_digits_as_iso_4217_says(currency: str, digits: int) -> None:
    assert pycountry.currencies.get(alpha_3=currency)
    assert minor_unit_digits(currency) == digits
