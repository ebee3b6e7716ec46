"""Refunds: decided in the transaction that gives cause."""

from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings import service as bookings
from src.bookings.enums import BookingStatus
from src.bookings.models import Booking
from src.companies import audit
from src.core.identity import AdminOnlyError, Principal
from src.core.money import Money
from src.payments import ledger, policies, repository
from src.payments.enums import ChargeStatus, RefundReason, RefundStatus
from src.payments.exceptions import (
    ChargeNotFoundError,
    NotRefundableError,
    RefundNotFailedError,
    RefundNotFoundError,
    UnknownObjectError,
)
from src.payments.gateways.base import MoneyStatus, RefundState
from src.payments.models import Charge, Refund
from src.payments.schemas import RefundCreate, RefundPaid, RefundRead
from src.payments.shares import Shares
from src.payments.transfers import service as transfers

UNDISPUTED: Final = frozenset({RefundStatus.PENDING, RefundStatus.SUCCEEDED})


async def decide_refund(
    session: AsyncSession,
    *,
    charge: Charge,
    amount: int,
    reason: RefundReason,
    decided_by_id: int | None = None,
    note: str = "",
) -> Refund:
    """Promises `amount` minor units of a locked charge back; the database refuses more than is left of it."""
    before = Shares.of(charge)
    charge.refunded_amount += amount
    refund = Refund(
        charge_id=charge.id,
        amount=amount,
        fee_amount=before.fee - Shares.of(charge).fee,
        reason=reason,
        decided_by_id=decided_by_id,
        note=note,
    )
    session.add(refund)
    await session.flush()
    posted = await ledger.post_refund(session, charge=charge, refund=refund, before=before)
    await transfers.decide_reversals(session, charge=charge, cause=posted)
    return refund


async def refund_cancelled_booking(session: AsyncSession, *, booking_id: int) -> None:
    """Spreads what a cancellation, or a cheaper time, has promised back over the paid charges, the latest first.

    Counts what is on its way already: any number of promises in any order. Locks the charges.
    """
    booking = await session.get_one(Booking, booking_id)
    charges = await repository.list_refundable(session, booking_id)
    due = booking.refund_amount - await repository.sum_promised(session, booking_id)
    is_cancelled = booking.status is BookingStatus.CANCELLED
    reason = RefundReason.CANCELLED if is_cancelled else RefundReason.RESCHEDULED
    for charge in reversed(charges):
        amount = min(due, charge.kept_amount)
        if amount > 0:
            await decide_refund(session, charge=charge, amount=amount, reason=reason)
            due -= amount


async def grant_refund(
    session: AsyncSession, *, principal: Principal, charge_id: int, body: RefundCreate
) -> RefundRead:
    """Money back beyond what the policy says. Locks the charge, then the booking.

    Raises `ChargeNotFoundError`, `PermissionMissingError`, `NotRefundableError`.
    """
    charge = await repository.find_locked(session, charge_id)
    if charge is None:
        raise ChargeNotFoundError
    booking = await session.get_one(Booking, charge.booking_id)
    await policies.require_refund(session, principal=principal, booking=booking)
    left = charge.kept_amount if charge.status is ChargeStatus.SUCCEEDED else 0
    amount = left if body.amount is None else body.amount
    if not 0 < amount <= left:
        raise NotRefundableError(refundable=left)
    await bookings.give_back(session, booking_id=booking.id, amount=amount)
    refund = await decide_refund(
        session,
        charge=charge,
        amount=amount,
        reason=RefundReason.GRANTED,
        decided_by_id=principal.user_id,
        note=body.note,
    )
    await audit.record(
        session,
        principal=principal,
        company_id=booking.company_id,
        action="payment.refunded",
        subject_id=charge.id,
        changes={"refunded_amount": (charge.refunded_amount - amount, charge.refunded_amount)},
    )
    return RefundRead(
        id=refund.id,
        charge_id=charge.id,
        status=RefundStatus.PENDING,
        reason=refund.reason,
        amount=Money(amount=amount, currency=charge.currency),
        created_at=refund.created_at,
    )


async def mark_refund_paid(
    session: AsyncSession, *, principal: Principal, charge_id: int, body: RefundPaid
) -> None:
    """An administrator of the platform has seen to it that the customer has what no gateway could deliver.

    What the gateway says of it from now on changes nothing. Locks the charge, then the refund.
    Raises `AdminOnlyError`, `RefundNotFoundError`, `RefundNotFailedError`.
    """
    if not principal.is_admin:
        raise AdminOnlyError
    found = await repository.find_locked_refund(session, body.refund_id)
    if found is None or found[1].id != charge_id:
        raise RefundNotFoundError
    refund, charge = found
    if refund.status is not RefundStatus.FAILED:
        raise RefundNotFailedError
    changes = audit.apply(refund, {"status": RefundStatus.BY_HAND})
    await session.flush()
    await ledger.post_refund_by_hand(session, charge=charge, refund=refund)
    await audit.record(
        session,
        principal=principal,
        company_id=charge.company_id,
        action="refund.paid_by_hand",
        subject_id=refund.id,
        changes=changes | {"how": (None, body.note)},
    )


async def apply_refund(session: AsyncSession, *, gateway: str, state: RefundState) -> None:
    """What the gateway says of a refund. Safe to repeat.

    Locks the charge, then the refund. Raises `UnknownObjectError`.
    """
    found = await repository.find_locked_refund(session, state.refund_id) if state.refund_id else None
    if found is None or found[1].gateway != gateway or found[0].gateway_ref not in {None, state.ref}:
        raise UnknownObjectError(f"the refund {state.ref} was not decided here")
    refund, charge = found
    refund.gateway_ref = state.ref
    refund.last_error = state.reason or None
    if state.status is MoneyStatus.SUCCEEDED and refund.status is RefundStatus.PENDING:
        refund.status = RefundStatus.SUCCEEDED
        await session.flush()
        await ledger.post_refund_sent(session, charge=charge, refund=refund)
    elif state.status is MoneyStatus.FAILED and refund.status in UNDISPUTED:
        if refund.status is RefundStatus.SUCCEEDED:
            await ledger.post_refund_failure(session, charge=charge, refund=refund)
        refund.status = RefundStatus.FAILED
    await session.flush()
