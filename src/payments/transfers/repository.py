from collections.abc import Sequence

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncSession

from src.payments.accounts.models import PaymentAccount
from src.payments.gateways.base import MoneyStatus
from src.payments.models import Charge, LedgerTransaction
from src.payments.payouts.models import Payout, PayoutItem
from src.payments.transfers.models import Transfer, TransferReversal


async def list_locked_of_charge(session: AsyncSession, charge_id: int) -> Sequence[Transfer]:
    """Transfers that have brought a charge's share or will; whoever asks has locked the charge."""
    of_charge = select(PayoutItem.payout_id).where(PayoutItem.charge_id == charge_id)
    found = select(Transfer).where(Transfer.payout_id.in_(of_charge), Transfer.status != MoneyStatus.FAILED)
    locked = found.order_by(Transfer.id).with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(locked)).all()


async def get_debt(session: AsyncSession, transaction_id: int) -> tuple[int, int]:
    """Minor units that the owner owes by a transaction of the ledger, and the tax in them."""
    item = select(PayoutItem.amount, PayoutItem.tax_amount)
    found = await session.execute(item.where(PayoutItem.transaction_id == transaction_id))
    amount, tax = found.one_or_none() or (0, 0)
    return -amount, -tax


async def get_with_payout(session: AsyncSession, transfer_id: int) -> Row[Transfer, Payout, PaymentAccount]:
    """Locks the transfer and its payout."""
    found = (
        select(Transfer, Payout, PaymentAccount)
        .join(Payout, Payout.id == Transfer.payout_id)
        .join(PaymentAccount, PaymentAccount.id == Transfer.account_id)
        .where(Transfer.id == transfer_id)
        .with_for_update(of=(Transfer, Payout))
    )
    return (await session.execute(found)).one()


async def list_pending_reversals(session: AsyncSession, transfer_id: int) -> Sequence[int]:
    """Whoever asks has locked the transfer."""
    pending = select(TransferReversal.id).where(
        TransferReversal.transfer_id == transfer_id, TransferReversal.status == MoneyStatus.PENDING
    )
    return (await session.scalars(pending.order_by(TransferReversal.id))).all()


async def get_reversal(
    session: AsyncSession, reversal_id: int
) -> Row[TransferReversal, Transfer, Charge, PaymentAccount]:
    """Locks the reversal."""
    found = (
        select(TransferReversal, Transfer, Charge, PaymentAccount)
        .join(Transfer, Transfer.id == TransferReversal.transfer_id)
        .join(PaymentAccount, PaymentAccount.id == Transfer.account_id)
        .join(LedgerTransaction, LedgerTransaction.id == TransferReversal.cause_id)
        .join(Charge, Charge.id == LedgerTransaction.charge_id)
        .where(TransferReversal.id == reversal_id)
        .with_for_update(of=TransferReversal)
    )
    return (await session.execute(found)).one()
