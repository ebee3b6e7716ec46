"""The double-entry ledger: append-only, every transaction sums to zero (both held by the database)."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings.models import Booking
from src.payments.enums import Account
from src.payments.models import Charge, LedgerEntry, LedgerTransaction, Refund


async def post_capture(session: AsyncSession, *, charge: Charge) -> None:
    """A customer has paid: the gateway holds it, we owe it until the booking has taken place."""
    await _post(
        session,
        charge=charge,
        source=f"charge:{charge.id}",
        explanation=f"Payment of booking {charge.booking_id} by {charge.gateway}",
        amount=charge.amount,
    )


async def post_refund(session: AsyncSession, *, charge: Charge, refund: Refund) -> None:
    """Money has gone back to the customer."""
    await _post(
        session,
        charge=charge,
        source=f"refund:{refund.id}",
        explanation=f"Refund of booking {charge.booking_id} ({refund.reason.value}) by {charge.gateway}",
        amount=-refund.amount,
    )


async def _post(session: AsyncSession, *, charge: Charge, source: str, explanation: str, amount: int) -> None:
    """Debits the gateway with `amount` minor units and credits the deposits; `source` makes it happen once."""
    company_id = await session.scalar(select(Booking.company_id).where(Booking.id == charge.booking_id))
    transaction = LedgerTransaction(source=source, company_id=company_id, explanation=explanation)
    session.add(transaction)
    await session.flush()
    session.add_all(
        LedgerEntry(transaction_id=transaction.id, account=account, amount=side, currency=charge.currency)
        for account, side in ((Account.GATEWAY_CLEARING, amount), (Account.CUSTOMER_DEPOSITS, -amount))
    )
    await session.flush()
