"""Whose part of a payment is whose, once the booking has taken place. Pure; integer minor units.

A charge carries fee and tax in the proportion of the bill that it pays. What goes back takes its proportion of both
along, rounded half up and cumulative: all parts that went back and what is left together are the whole.
"""

from dataclasses import dataclass
from typing import Self

from src.core import money
from src.payments.enums import Account
from src.payments.models import Charge


@dataclass(frozen=True, slots=True)
class Shares:
    """Of `kept`, what is left of a charge: our fee, the tax, and the rest is the owner's."""

    kept: int
    fee: int
    tax: int

    @classmethod
    def of(cls, charge: Charge, *, gone: int | None = None) -> Self:
        """As it is, or would be if `gone` of it had gone back."""
        gone = charge.amount - charge.kept_amount if gone is None else gone
        return cls(
            kept=charge.amount - gone,
            fee=charge.fee_amount - money.proportion(charge.fee_amount, gone, charge.amount),
            tax=charge.tax_amount - money.proportion(charge.tax_amount, gone, charge.amount),
        )

    def __sub__(self, other: "Shares") -> "Shares":
        return Shares(self.kept - other.kept, self.fee - other.fee, self.tax - other.tax)

    def sides(self, charge: Charge) -> dict[Account, int]:
        """The credits that take `kept` out of the deposits.

        Who has the money already has the tax in it, too, and owes us what of the fee hasn't come to us by itself.
        """
        if not charge.is_paid_to_owner:
            return {
                Account.PLATFORM_REVENUE: -self.fee,
                Account.TAX: -self.tax,
                Account.OWNER_PAYABLE: self.fee + self.tax - self.kept,
            }
        collected = self.fee if charge.is_fee_collected else 0
        return {
            Account.PLATFORM_REVENUE: -self.fee,
            Account.OWNER_PAYABLE: self.fee - collected,
            Account.OWNER_CLEARING: collected - self.kept,
        }
