"""What a gateway says about a checkout, applied once, in any order."""

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings import service as bookings
from src.bookings.service import PaymentOutcome
from src.core import events
from src.payments import ledger, repository
from src.payments.enums import ChargeStatus, RefundReason
from src.payments.events import LatePaymentRefunded
from src.payments.models import Charge
from src.payments.service.refunds import decide_refund


async def settle_paid(session: AsyncSession, *, gateway: str, ref: str) -> None:
    """The gateway has captured the money: the booking is confirmed, or all of it goes back. Safe to repeat.

    Locks the charge, then the booking.
    """
    charge = await repository.find_locked_by_ref(session, gateway=gateway, ref=ref)
    if charge is None or charge.status is ChargeStatus.SUCCEEDED:
        return
    charge.status = ChargeStatus.SUCCEEDED
    charge.paid_at = func.clock_timestamp()
    await session.flush()
    await ledger.post_capture(session, charge=charge)
    outcome = await bookings.confirm_paid(session, booking_id=charge.booking_id, amount=charge.amount)
    if outcome is PaymentOutcome.TOO_LATE:
        await _send_back(session, charge)


async def settle_failed(session: AsyncSession, *, gateway: str, ref: str) -> None:
    """The checkout has ended without money; the customer may open another. Locks the charge."""
    charge = await repository.find_locked_by_ref(session, gateway=gateway, ref=ref)
    if charge is not None and charge.status is ChargeStatus.OPEN:
        charge.status = ChargeStatus.FAILED
        await session.flush()


async def _send_back(session: AsyncSession, charge: Charge) -> None:
    refund = await decide_refund(
        session, charge=charge, amount=charge.amount, reason=RefundReason.PAID_TOO_LATE
    )
    await events.publish(session, LatePaymentRefunded(refund_id=refund.id))
