"""Money: integer minor units and an ISO 4217 currency, never a float."""

from collections.abc import Sequence
from typing import Annotated

import pycountry
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

BASIS_POINTS = 10_000
LARGEST_AMOUNT = 10**12


def is_currency(code: str) -> bool:
    return pycountry.currencies.get(alpha_3=code) is not None


def _known_currency(code: str) -> str:
    if not is_currency(code):
        raise ValueError("not an ISO 4217 currency code")
    return code


Currency = Annotated[
    str,
    Field(pattern="^[A-Z]{3}$", examples=["USD"], description="ISO 4217 code"),
    AfterValidator(_known_currency),
]
Amount = Annotated[
    int, Field(ge=0, le=LARGEST_AMOUNT, strict=True, examples=[12000], description="Minor units (cents)")
]


class Money(BaseModel):
    """An amount in minor units: `{"amount": 12000, "currency": "USD"}` is 120 dollars."""

    model_config = ConfigDict(
        frozen=True, json_schema_extra={"example": {"amount": 12000, "currency": "USD"}}
    )

    amount: int
    currency: str


def share(amount: int, basis_points: int) -> int:
    """Part of an amount in minor units, rounded half up; 10,000 basis points are the whole."""
    return (amount * basis_points + BASIS_POINTS // 2) // BASIS_POINTS


def percentage(amount: int, percent: int) -> int:
    """Whole percents of an amount in minor units, rounded half up."""
    return share(amount, percent * 100)


def proportion(amount: int, part: int, whole: int) -> int:
    """`part` of `whole`, of an amount in minor units, rounded half up; nothing of nothing."""
    return (2 * amount * part + whole) // (2 * whole) if whole else 0


def apportion(amount: int, weights: Sequence[int]) -> list[int]:
    """Splits an amount in proportion to the weights, by largest remainder: the parts sum to it.

    Of equal remainders the earlier part gets the minor unit. One weight at least has to be positive.
    """
    whole = sum(weights)
    parts = [amount * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda n: -(amount * weights[n] % whole))
    for n in by_remainder[: amount - sum(parts)]:
        parts[n] += 1
    return parts


def minor_unit_digits(currency: str) -> int:
    """Digits behind the decimal point (ISO 4217); the exceptions to two."""
    return _DIGITS.get(currency, 2)


_NO_DIGITS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE_DIGITS = "BHD IQD JOD KWD LYD OMR TND"
_DIGITS = {code: digits for digits, codes in ((0, _NO_DIGITS), (3, _THREE_DIGITS)) for code in codes.split()}


def display(amount: int, currency: str) -> str:
    """For people, in mails and pages: `120.00 USD`."""
    digits = minor_unit_digits(currency)
    if digits == 0:
        return f"{amount:,} {currency}"
    whole, part = divmod(abs(amount), 10**digits)
    sign = "-" if amount < 0 else ""
    return f"{sign}{whole:,}.{part:0{digits}d} {currency}"
