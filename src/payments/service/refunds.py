"""Refunds: decided in the transaction that gives cause, carried out by a worker."""

from datetime import timedelta

import structlog
from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings.models import Booking
from src.core.config import Settings
from src.core.database import Database
from src.core.tasks import run_in_transaction
from src.payments import ledger, repository
from src.payments.enums import RefundReason, RefundStatus
from src.payments.gateways.base import GatewayError, RefundOrder
from src.payments.gateways.registry import get_gateway
from src.payments.models import Charge, Refund

log = structlog.get_logger(__name__)

BATCH = 50
LEASE = timedelta(seconds=60)
LONGEST_BACKOFF = timedelta(hours=1)


async def decide_refund(
    session: AsyncSession, *, charge: Charge, amount: int, reason: RefundReason
) -> Refund:
    """Promises `amount` minor units of a locked charge back; the database refuses more than was paid."""
    charge.refunded_amount += amount
    refund = Refund(charge_id=charge.id, amount=amount, reason=reason)
    session.add(refund)
    await session.flush()
    return refund


async def refund_cancelled_booking(session: AsyncSession, *, booking_id: int) -> None:
    """Spreads the refund that the cancellation fixed over the booking's paid charges. Locks the charges."""
    booking = await session.get_one(Booking, booking_id)
    due = booking.refund_amount
    for charge in await repository.list_refundable(session, booking_id):
        amount = min(due, charge.amount - charge.refunded_amount)
        if amount > 0:
            await decide_refund(session, charge=charge, amount=amount, reason=RefundReason.CANCELLED)
            due -= amount


async def carry_out_refunds(database: Database, *, settings: Settings) -> int:
    """Sends back what is due; returns how many refunds succeeded. A dead worker's are taken up a minute later."""
    async with database.transaction() as session:
        refund_ids = await repository.lease_refunds(session, limit=BATCH, lease=LEASE)
    succeeded = 0
    for refund_id in refund_ids:
        succeeded += await _carry_out(database, settings, refund_id)
    return succeeded


async def _carry_out(database: Database, settings: Settings, refund_id: int) -> bool:
    async with database.transaction() as session:
        found = await repository.find_refund_with_charge(session, refund_id)
    if found is None:
        return False
    refund, charge = found
    gateway = get_gateway(charge.gateway, settings=settings, database=database)
    try:
        ref = await gateway.refund(_order(refund, charge))
    except GatewayError as error:
        await _postpone(database, refund, error)
        return False
    await run_in_transaction(database, lambda session: _succeed(session, refund_id, ref))
    return True


def _order(refund: Refund, charge: Charge) -> RefundOrder:
    assert charge.gateway_ref is not None
    return RefundOrder(
        idempotency_key=f"refund-{refund.id}",
        checkout_ref=charge.gateway_ref,
        amount=refund.amount,
        currency=charge.currency,
    )


async def _succeed(session: AsyncSession, refund_id: int, ref: str) -> None:
    found = await repository.find_refund_with_charge(session, refund_id)
    if found is None or found[0].status is RefundStatus.SUCCEEDED:
        return
    refund, charge = found
    refund.status = RefundStatus.SUCCEEDED
    refund.gateway_ref = ref
    await session.flush()
    await ledger.post_refund(session, charge=charge, refund=refund)


async def _postpone(database: Database, refund: Refund, error: GatewayError) -> None:
    backoff = min(LEASE * 2 ** min(refund.attempts, 10), LONGEST_BACKOFF)
    log.warning("refund_not_carried_out", refund_id=refund.id, attempts=refund.attempts, error=str(error))
    async with database.transaction() as session:
        waiting = await session.get_one(Refund, refund.id)
        waiting.due_at = func.clock_timestamp() + backoff
        waiting.last_error = str(error)
