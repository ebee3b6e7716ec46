"""Payouts on their way through a gateway, and money that owners give back when a customer is refunded later."""

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession

from src.core import money
from src.core.config import Settings
from src.core.database import Database
from src.core.tasks import run_in_transaction
from src.payments import intents, ledger
from src.payments.accounts import service as accounts
from src.payments.accounts.models import PaymentAccount
from src.payments.gateways.base import (
    GatewayError,
    MoneyStatus,
    ReversalOrder,
    TransferOrder,
    TransferRefusedError,
)
from src.payments.gateways.registry import get_transferring_gateway
from src.payments.models import Charge, LedgerTransaction
from src.payments.payouts import repository as payouts
from src.payments.payouts.models import Payout
from src.payments.payouts.outcome import record_failed, record_sent
from src.payments.transfers import repository
from src.payments.transfers.models import Transfer, TransferReversal


async def decide_transfer(session: AsyncSession, *, payout: Payout, account: PaymentAccount) -> None:
    """Sends a payout to the owner's account: once, the database holds that."""
    session.add(Transfer(payout_id=payout.id, account_id=account.id, amount=payout.amount, reversed_amount=0))
    await session.flush()


async def send_again(session: AsyncSession, *, transfer_id: int) -> None:
    """Of a transfer that was refused; its payout is locked."""
    transfer = await session.get_one(Transfer, transfer_id, with_for_update=True)
    transfer.status = MoneyStatus.PENDING
    transfer.due_at = func.clock_timestamp()
    await session.flush()


async def decide_reversals(session: AsyncSession, *, charge: Charge, cause: LedgerTransaction) -> None:
    """Takes back what the owner owes by `cause`, from the transfers that have brought them the locked charge.

    What those can't give is netted from payouts to come, and so is all of it while they are refused. Locks the
    transfers.
    """
    left, tax_left = await repository.get_debt(session, cause.id)
    if left <= 0:
        return
    for transfer in await repository.list_locked_of_charge(session, charge.id):
        amount = min(left, transfer.amount - transfer.reversed_amount)
        if amount > 0:
            tax = money.proportion(tax_left, amount, left)
            await _decide_reversal(session, charge, transfer, cause, amount, tax)
            left -= amount
            tax_left -= tax


async def _decide_reversal(
    session: AsyncSession,
    charge: Charge,
    transfer: Transfer,
    cause: LedgerTransaction,
    amount: int,
    tax_amount: int,
) -> None:
    transfer.reversed_amount += amount
    reversal = TransferReversal(transfer_id=transfer.id, cause_id=cause.id, amount=amount)
    session.add(reversal)
    await session.flush()
    await ledger.post_reversal(
        session, charge=charge, reversal_id=reversal.id, amount=amount, tax_amount=tax_amount
    )


async def carry_out(database: Database, *, settings: Settings) -> int:
    """Sends what is due, there and back; returns how many. A dead worker's are taken up a minute later."""
    async with database.transaction() as session:
        transfer_ids = await intents.lease(session, Transfer)
    for transfer_id in transfer_ids:
        await _transfer(database, settings, transfer_id)
    async with database.transaction() as session:
        reversal_ids = await intents.lease(session, TransferReversal)
    for reversal_id in reversal_ids:
        await _reverse(database, settings, reversal_id)
    return len(transfer_ids) + len(reversal_ids)


async def _transfer(database: Database, settings: Settings, transfer_id: int) -> None:
    async with database.transaction() as session:
        transfer, payout, account = await repository.get_with_payout(session, transfer_id)
        is_disputed = await payouts.has_dispute(session, payout.id)
    if is_disputed:
        await intents.postpone(database, transfer, GatewayError("waits for a dispute to be decided"))
        return
    gateway = get_transferring_gateway(account.gateway, settings=settings, database=database)
    assert account.ref is not None
    try:
        ref = await gateway.transfer(
            TransferOrder(
                idempotency_key=transfer.idempotency_key("transfer"),
                transfer_id=transfer.id,
                payout_id=payout.id,
                account_ref=account.ref,
                amount=transfer.amount,
                currency=payout.currency,
                is_repeated=transfer.is_repeated,
            )
        )
    except TransferRefusedError as error:
        refused = error
        await run_in_transaction(database, lambda session: _fail(session, transfer_id, refused))
        await accounts.ask_about(database, settings=settings, account=account)
        return
    except GatewayError as error:
        await intents.postpone(database, transfer, error)
        return

    async def record(session: AsyncSession) -> None:
        sent, of_payout, _ = await repository.get_with_payout(session, transfer_id)
        if _is_news(sent, ref):
            await record_sent(session, payout=of_payout, principal=None)

    await run_in_transaction(database, record)


async def _fail(session: AsyncSession, transfer_id: int, error: TransferRefusedError) -> None:
    """The money stays here until somebody sends it again; what was to come back of it never left."""
    transfer, payout, _ = await repository.get_with_payout(session, transfer_id)
    if transfer.status is not MoneyStatus.PENDING:
        return
    transfer.status = MoneyStatus.FAILED
    intents.note_refusal(transfer, error)
    await record_failed(session, payout=payout, refusal=error.refusal)
    for reversal_id in await repository.list_pending_reversals(session, transfer_id):
        await _give_up(session, reversal_id, error)


async def _give_up(session: AsyncSession, reversal_id: int, error: TransferRefusedError) -> None:
    """What the transfer can't give back is owed again, and netted from payouts to come."""
    reversal, transfer, charge, _ = await repository.get_reversal(session, reversal_id)
    if reversal.status is not MoneyStatus.PENDING:
        return
    reversal.status = MoneyStatus.FAILED
    intents.note_refusal(reversal, error)
    transfer.reversed_amount -= reversal.amount
    await session.flush()
    await ledger.post_reversal_refused(session, charge=charge, reversal_id=reversal.id)


async def _reverse(database: Database, settings: Settings, reversal_id: int) -> None:
    async with database.transaction() as session:
        reversal, transfer, _, account = await repository.get_reversal(session, reversal_id)
    gateway = get_transferring_gateway(account.gateway, settings=settings, database=database)
    if transfer.gateway_ref is None:
        await intents.postpone(database, reversal, GatewayError("waits for its transfer"))
        return
    try:
        ref = await gateway.reverse(
            ReversalOrder(
                idempotency_key=reversal.idempotency_key("reversal"),
                reversal_id=reversal.id,
                transfer_ref=transfer.gateway_ref,
                amount=reversal.amount,
                is_repeated=reversal.is_repeated,
            )
        )
    except TransferRefusedError as error:
        refused = error
        await run_in_transaction(database, lambda session: _give_up(session, reversal_id, refused))
        return
    except GatewayError as error:
        await intents.postpone(database, reversal, error)
        return

    async def record(session: AsyncSession) -> None:
        sent, _, charge, _ = await repository.get_reversal(session, reversal_id)
        if _is_news(sent, ref):
            await ledger.post_reversal_done(session, charge=charge, reversal_id=sent.id, amount=sent.amount)

    await run_in_transaction(database, record)


def _is_news(intent: Transfer | TransferReversal, ref: str) -> bool:
    if intent.status is MoneyStatus.SUCCEEDED:
        return False
    intent.status = MoneyStatus.SUCCEEDED
    intent.gateway_ref = ref
    return True
