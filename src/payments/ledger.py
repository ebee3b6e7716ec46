"""The double-entry ledger: append-only, every transaction sums to zero (both held by the database; docs/adr/0025).

What changes the debt to an owner becomes an item of a payout to come, in the same transaction.
"""

from collections.abc import Mapping

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings import reference
from src.payments.enums import Account
from src.payments.models import Charge, LedgerEntry, LedgerTransaction, Refund
from src.payments.payouts.models import Payout, PayoutItem
from src.payments.shares import Shares

Sides = Mapping[Account, int]


async def post_capture(session: AsyncSession, *, charge: Charge) -> None:
    """A customer has paid: the gateway or the owner holds it, it is owed until the booking has taken place."""
    await post_of_charge(
        session,
        charge=charge,
        source=f"charge:{charge.id}",
        explanation=f"Payment of booking {_booking(charge)} by {charge.gateway}",
        sides=_held(charge, charge.amount, charge.fee_amount) | {Account.CUSTOMER_DEPOSITS: -charge.amount},
    )


async def post_provider_fee(
    session: AsyncSession, *, charge: Charge, source: str, amount: int, currency: str
) -> None:
    """What the gateway has kept for its work, in the currency in which it did; once, however often it is told."""
    if not amount or await session.scalar(select(exists().where(LedgerTransaction.source == source))):
        return
    await post_of_charge(
        session,
        charge=charge,
        source=source,
        explanation=f"Fee of {charge.gateway} for booking {_booking(charge)}",
        sides={Account.PROVIDER_FEES: amount, Account.GATEWAY_CLEARING: -amount},
        currency=currency,
    )


async def post_earning(session: AsyncSession, *, charge: Charge) -> None:
    """The booking has taken place: what is left of the deposit is the owner's, the tax office's and ours."""
    earned = Shares.of(charge)
    await post_of_charge(
        session,
        charge=charge,
        source=f"earning:{charge.id}",
        explanation=f"Booking {_booking(charge)} has taken place, or what was kept of it is due",
        sides={Account.CUSTOMER_DEPOSITS: earned.kept} | earned.sides(charge),
    )


async def post_refund(
    session: AsyncSession, *, charge: Charge, refund: Refund, before: Shares
) -> LedgerTransaction:
    """Money is promised back: out of the deposit, or by everybody who has earned their part of it."""
    return await post_of_charge(
        session,
        charge=charge,
        source=f"refund:{refund.id}",
        explanation=f"Refund of booking {_booking(charge)} ({refund.reason.value})",
        sides=given_up(charge, before=before) | {Account.REFUNDS: -refund.amount},
    )


def given_up(charge: Charge, *, before: Shares) -> dict[Account, int]:
    """Debits of those who bear that less is left of a charge than before."""
    gone = before - Shares.of(charge)
    if charge.earned_at is None:
        return {Account.CUSTOMER_DEPOSITS: gone.kept}
    return {account: -amount for account, amount in gone.sides(charge).items()}


async def post_refund_sent(session: AsyncSession, *, charge: Charge, refund: Refund) -> None:
    """What was promised has gone back to the customer."""
    await post_of_charge(
        session,
        charge=charge,
        source=f"refund-sent:{refund.id}",
        explanation=f"Refund of booking {_booking(charge)} has gone back by {charge.gateway}",
        sides=_held(charge, -refund.amount, -refund.fee_amount) | {Account.REFUNDS: refund.amount},
    )


async def post_refund_by_hand(session: AsyncSession, *, charge: Charge, refund: Refund) -> None:
    """What the gateway could not deliver has gone back another way, by those who hold it."""
    await post_of_charge(
        session,
        charge=charge,
        source=f"refund-by-hand:{refund.id}",
        explanation=f"Refund of booking {_booking(charge)} was paid back by hand",
        sides=_held(charge, -refund.amount, -refund.fee_amount) | {Account.REFUNDS: refund.amount},
    )


async def post_refund_failure(session: AsyncSession, *, charge: Charge, refund: Refund) -> None:
    """It has come back to us, and is still promised."""
    await post_of_charge(
        session,
        charge=charge,
        source=f"refund-failure:{refund.id}",
        explanation=f"Refund of booking {_booking(charge)} could not be delivered by {charge.gateway}",
        sides=_held(charge, refund.amount, refund.fee_amount) | {Account.REFUNDS: -refund.amount},
    )


async def post_payout(session: AsyncSession, *, payout: Payout) -> None:
    """What is owed to an owner is on its way to them."""
    await _post(
        session,
        company_id=payout.company_id,
        source=f"payout:{payout.id}",
        explanation=f"Payout {payout.id}",
        sides={
            Account.OWNER_PAYABLE: payout.amount - payout.tax_amount,
            Account.TAX: payout.tax_amount,
            Account.PAYOUTS: -payout.amount,
        },
        currency=payout.currency,
    )


async def post_payout_sent(session: AsyncSession, *, payout: Payout) -> None:
    await _post(
        session,
        company_id=payout.company_id,
        source=f"payout-sent:{payout.id}",
        explanation=f"Payout {payout.id} has been sent",
        sides={Account.PAYOUTS: payout.amount, Account.GATEWAY_CLEARING: -payout.amount},
        currency=payout.currency,
    )


async def post_reversal(
    session: AsyncSession, *, charge: Charge, reversal_id: int, amount: int, tax_amount: int
) -> None:
    """What an owner owes us again is on its way back from their account at the gateway: it is owed no more."""
    await post_of_charge(
        session,
        charge=charge,
        source=f"reversal:{reversal_id}",
        explanation=f"Taken back from the owner's account for booking {_booking(charge)}",
        sides={
            Account.PAYOUTS: amount,
            Account.OWNER_PAYABLE: tax_amount - amount,
            Account.TAX: -tax_amount,
        },
    )


async def post_reversal_done(session: AsyncSession, *, charge: Charge, reversal_id: int, amount: int) -> None:
    await post_of_charge(
        session,
        charge=charge,
        source=f"reversal-done:{reversal_id}",
        explanation=f"Arrived from the owner's account for booking {_booking(charge)}",
        sides={Account.GATEWAY_CLEARING: amount, Account.PAYOUTS: -amount},
    )


async def post_reversal_refused(session: AsyncSession, *, charge: Charge, reversal_id: int) -> None:
    """The opposite of `post_reversal`: it doesn't come back, and is owed as before."""
    posted = select(LedgerEntry).join(LedgerTransaction, LedgerTransaction.id == LedgerEntry.transaction_id)
    entries = await session.scalars(posted.where(LedgerTransaction.source == f"reversal:{reversal_id}"))
    await post_of_charge(
        session,
        charge=charge,
        source=f"reversal-refused:{reversal_id}",
        explanation=f"Could not be taken back from the owner's account for booking {_booking(charge)}",
        sides={entry.account: -entry.amount for entry in entries},
    )


async def post_of_charge(
    session: AsyncSession,
    *,
    charge: Charge,
    source: str,
    explanation: str,
    sides: Sides,
    currency: str | None = None,
) -> LedgerTransaction:
    """Debits (positive) and credits (negative) in minor units, of the charge's currency unless told otherwise.

    `source` makes it happen once. The charge is locked.
    """
    transaction = await _post(
        session,
        company_id=charge.company_id,
        source=source,
        explanation=explanation,
        sides=sides,
        currency=currency or charge.currency,
        charge=charge,
    )
    tax = sides.get(Account.TAX, 0)
    owed = sides.get(Account.OWNER_PAYABLE, 0) + tax
    if owed or tax:
        assert charge.earned_at is not None
        item = PayoutItem(
            transaction_id=transaction.id,
            charge_id=charge.id,
            company_id=charge.company_id,
            currency=charge.currency,
            amount=-owed,
            tax_amount=-tax,
            earned_at=charge.earned_at,
        )
        session.add(item)
        await session.flush()
    return transaction


async def _post(
    session: AsyncSession,
    *,
    company_id: int,
    source: str,
    explanation: str,
    sides: Sides,
    currency: str,
    charge: Charge | None = None,
) -> LedgerTransaction:
    transaction = LedgerTransaction(
        source=source,
        company_id=company_id,
        charge_id=charge.id if charge else None,
        explanation=explanation,
    )
    session.add(transaction)
    await session.flush()
    session.add_all(
        LedgerEntry(transaction_id=transaction.id, account=account, amount=amount, currency=currency)
        for account, amount in sides.items()
        if amount
    )
    await session.flush()
    return transaction


def _held(charge: Charge, amount: int, fee_amount: int) -> dict[Account, int]:
    """Who has the money of a charge: the platform's account, or the owner, but for what reaches us by itself."""
    if not charge.is_paid_to_owner:
        return {Account.GATEWAY_CLEARING: amount}
    collected = fee_amount if charge.is_fee_collected else 0
    return {Account.GATEWAY_CLEARING: collected, Account.OWNER_CLEARING: amount - collected}


def _booking(charge: Charge) -> str:
    return reference.encode(charge.booking_id)
