"""What became of a checkout, applied once, in any order."""

from datetime import timedelta
from typing import Final

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings import service as bookings
from src.bookings.service import PaymentOutcome
from src.core import events
from src.payments import ledger, repository
from src.payments.enums import ChargeStatus, RefundReason
from src.payments.events import LatePaymentRefunded
from src.payments.exceptions import UnknownObjectError
from src.payments.gateways.base import CheckoutState, CheckoutStatus
from src.payments.models import Charge
from src.payments.service.earn import earn
from src.payments.service.refunds import decide_refund

# A payment that the provider is still deciding about keeps the time for as long as we go on asking, but not for ever.
PROCESSING_STEP: Final = timedelta(minutes=5)
LONGEST_PROCESSING: Final = timedelta(hours=24)


async def settle(session: AsyncSession, *, gateway: str, state: CheckoutState) -> None:
    """Paid: the booking is confirmed, or all of it goes back. Ended: another checkout may be opened.

    Safe to repeat. Locks the charge, then the booking. Raises `UnknownObjectError`.
    """
    charge = await repository.find_locked(session, state.charge_id)
    if charge is None or charge.gateway != gateway or charge.gateway_ref not in {None, state.ref}:
        raise UnknownObjectError(f"there is no charge {state.charge_id} with the checkout {state.ref}")
    charge.gateway_ref = state.ref  # it may be told to us before we wrote it down
    if state.status is CheckoutStatus.PAID:
        await _capture(session, charge, state)
    elif charge.status is ChargeStatus.OPEN and state.status is CheckoutStatus.ENDED:
        charge.status = ChargeStatus.FAILED
    elif charge.status is ChargeStatus.OPEN and state.status is CheckoutStatus.PROCESSING:
        held_until = await bookings.prolong_hold(
            session, booking_id=charge.booking_id, step=PROCESSING_STEP, longest=LONGEST_PROCESSING
        )
        charge.expires_at = held_until or charge.expires_at
    await session.flush()


async def _capture(session: AsyncSession, charge: Charge, state: CheckoutState) -> None:
    if charge.status is ChargeStatus.SUCCEEDED:
        await _note_fee(session, charge, state)
        return
    if (state.amount, state.currency) != (charge.amount, charge.currency):
        raise UnknownObjectError(
            f"{state.amount} {state.currency} were paid for {charge.amount} {charge.currency}"
            f" of charge {charge.id}"
        )
    charge.payment_ref = state.payment_ref
    await capture(session, charge)
    await _note_fee(session, charge, state)


async def _note_fee(session: AsyncSession, charge: Charge, state: CheckoutState) -> None:
    """The gateway may know it later than the payment."""
    if state.provider_fee is not None:
        await ledger.post_provider_fee(
            session,
            charge=charge,
            source=f"provider-fee:{charge.id}",
            amount=state.provider_fee.amount,
            currency=state.provider_fee.currency,
        )


async def capture(session: AsyncSession, charge: Charge) -> None:
    """The money of a locked charge is there."""
    charge.status = ChargeStatus.SUCCEEDED
    charge.paid_at = func.clock_timestamp()
    await session.flush()
    await ledger.post_capture(session, charge=charge)
    outcome = await bookings.confirm_paid(session, booking_id=charge.booking_id, amount=charge.amount)
    if outcome is PaymentOutcome.TOO_LATE:
        await _send_back(session, charge)
    else:
        await earn(session, booking_id=charge.booking_id)


async def _send_back(session: AsyncSession, charge: Charge) -> None:
    refund = await decide_refund(
        session, charge=charge, amount=charge.amount, reason=RefundReason.PAID_TOO_LATE
    )
    await events.publish(session, LatePaymentRefunded(refund_id=refund.id))
