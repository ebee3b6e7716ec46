"""Refunds that were decided, carried out by a worker."""

from src.bookings.models import Booking
from src.core.config import Settings
from src.core.database import Database
from src.core.tasks import run_in_transaction
from src.payments import intents, repository
from src.payments.disputes import repository as disputes
from src.payments.enums import RefundStatus
from src.payments.exceptions import UnknownObjectError
from src.payments.gateways.base import GatewayError, MoneyStatus, NotConnectedError, RefundOrder
from src.payments.gateways.registry import get_gateway
from src.payments.models import Charge, Refund
from src.payments.service.refunds import apply_refund


async def carry_out_refunds(database: Database, *, settings: Settings) -> int:
    """Sends back what is due; returns how many refunds succeeded. A dead worker's are taken up a minute later."""
    async with database.transaction() as session:
        refund_ids = await intents.lease(session, Refund)
    succeeded = 0
    for refund_id in refund_ids:
        succeeded += await _carry_out(database, settings, refund_id)
    return succeeded


async def _carry_out(database: Database, settings: Settings, refund_id: int) -> bool:
    async with database.transaction() as session:
        found = await repository.find_refund_with_charge(session, refund_id)
        assert found is not None
        refund, charge = found
        booking = await session.get_one(Booking, charge.booking_id)
        is_disputed = await disputes.has_open(session, charge.id)
    if refund.status is not RefundStatus.PENDING:
        return False
    if is_disputed:  # the bank may be giving the same money back; see disputes.service
        await intents.postpone(database, refund, GatewayError("waits for a dispute to be decided"))
        return False
    gateway = get_gateway(charge.gateway, settings=settings, database=database)
    try:
        state = await gateway.refund(_order(refund, charge, booking))
        await run_in_transaction(
            database, lambda session: apply_refund(session, gateway=charge.gateway, state=state)
        )
    except (GatewayError, NotConnectedError, UnknownObjectError) as error:
        await intents.postpone(database, refund, error)
        return False
    return state.status is MoneyStatus.SUCCEEDED


def _order(refund: Refund, charge: Charge, booking: Booking) -> RefundOrder:
    assert charge.gateway_ref is not None
    return RefundOrder(
        idempotency_key=refund.idempotency_key("refund"),
        refund_id=refund.id,
        company_id=booking.company_id,
        checkout_ref=charge.gateway_ref,
        payment_ref=charge.payment_ref,
        amount=refund.amount,
        fee_amount=refund.fee_amount if charge.is_paid_to_owner else 0,
        currency=charge.currency,
        is_repeated=refund.is_repeated,
    )
