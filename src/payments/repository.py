from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Row, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings.models import Booking
from src.payments.enums import ChargeStatus, RefundReason, RefundStatus
from src.payments.models import Charge, Refund, SandboxPayment


async def find_open_charge(session: AsyncSession, *, booking_id: int, gateway: str) -> Charge | None:
    found = select(Charge).where(
        Charge.booking_id == booking_id, Charge.gateway == gateway, Charge.status == ChargeStatus.OPEN
    )
    return (await session.scalars(found)).one_or_none()


async def find_locked(session: AsyncSession, charge_id: int) -> Charge | None:
    """Locks the row for the rest of the transaction and reads it afresh."""
    return await session.get(Charge, charge_id, with_for_update=True, populate_existing=True)


async def find_locked_by_payment(session: AsyncSession, *, gateway: str, payment_ref: str) -> Charge | None:
    found = select(Charge).where(Charge.gateway == gateway, Charge.payment_ref == payment_ref)
    return (await session.scalars(found.with_for_update())).one_or_none()


async def set_checkout(
    session: AsyncSession, *, charge_id: int, ref: str, page_ref: str | None, url: str | None
) -> bool:
    """Keeps what is known already; False when the charge is no longer open."""
    still_open = update(Charge).where(Charge.id == charge_id, Charge.status == ChargeStatus.OPEN)
    told = still_open.values(
        gateway_ref=ref,
        page_ref=func.coalesce(page_ref, Charge.page_ref),
        checkout_url=func.coalesce(url, Charge.checkout_url),
    )
    opened = await session.execute(told.returning(Charge.id))
    return opened.first() is not None


async def lease_open_charges(
    session: AsyncSession, *, limit: int, lease: timedelta
) -> Sequence[Row[Charge, Booking]]:
    """Open charges that the gateway is to be asked about, put off by `lease`, and their bookings."""
    due = (
        select(Charge.id)
        .where(Charge.status == ChargeStatus.OPEN, Charge.due_at <= func.clock_timestamp())
        .order_by(Charge.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    leased = (
        update(Charge)
        .where(Charge.id.in_(due))
        .values(attempts=Charge.attempts + 1, due_at=func.clock_timestamp() + lease)
        .returning(Charge.id)
    )
    ids = (await session.scalars(leased.execution_options(synchronize_session=False))).all()
    found = select(Charge, Booking).join(Booking, Booking.id == Charge.booking_id).where(Charge.id.in_(ids))
    return (await session.execute(found.execution_options(populate_existing=True))).all()


async def ask_about(session: AsyncSession, *, booking_id: int) -> None:
    """Makes the booking's open charges due now."""
    open_charges = update(Charge).where(Charge.booking_id == booking_id, Charge.status == ChargeStatus.OPEN)
    await session.execute(open_charges.values(due_at=func.clock_timestamp()))


async def postpone_charge(session: AsyncSession, *, charge_id: int, due_at: ColumnElement[datetime]) -> None:
    still_open = update(Charge).where(Charge.id == charge_id, Charge.status == ChargeStatus.OPEN)
    await session.execute(still_open.values(due_at=due_at).execution_options(synchronize_session=False))


async def list_charges(session: AsyncSession, booking_id: int) -> Sequence[Charge]:
    charges = select(Charge).where(Charge.booking_id == booking_id).order_by(Charge.id)
    return (await session.scalars(charges)).all()


async def list_refundable(session: AsyncSession, booking_id: int) -> Sequence[Charge]:
    """Paid charges with something left to refund, oldest first; locks them in that order, as all do."""
    left = Charge.amount - Charge.refunded_amount - Charge.lost_amount
    return await _list_paid_locked(session, Charge.booking_id == booking_id, left > 0)


async def list_unearned(session: AsyncSession, booking_id: int) -> Sequence[Charge]:
    """Paid charges of a booking that is not known to have taken place; locks them."""
    return await _list_paid_locked(session, Charge.booking_id == booking_id, Charge.earned_at.is_(None))


async def _list_paid_locked(session: AsyncSession, *which: ColumnElement[bool]) -> Sequence[Charge]:
    charges = select(Charge).where(Charge.status == ChargeStatus.SUCCEEDED, *which)
    locked = charges.order_by(Charge.id).with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(locked)).all()


async def sum_promised(session: AsyncSession, booking_id: int) -> int:
    """What is on its way back because of what became of the booking. The charges are locked."""
    is_promise = Refund.reason.in_((RefundReason.CANCELLED, RefundReason.RESCHEDULED))
    promised = select(func.coalesce(func.sum(Refund.amount), 0)).join(Charge, Charge.id == Refund.charge_id)
    return int(await session.scalar(promised.where(Charge.booking_id == booking_id, is_promise)) or 0)


async def list_refunds(session: AsyncSession, booking_id: int) -> Sequence[Refund]:
    refunds = select(Refund).join(Charge, Charge.id == Refund.charge_id)
    return (await session.scalars(refunds.where(Charge.booking_id == booking_id).order_by(Refund.id))).all()


async def find_refund_with_charge(session: AsyncSession, refund_id: int) -> Row[Refund, Charge] | None:
    found = select(Refund, Charge).join(Charge, Charge.id == Refund.charge_id).where(Refund.id == refund_id)
    return (await session.execute(found)).one_or_none()


async def find_locked_refund(session: AsyncSession, refund_id: int) -> tuple[Refund, Charge] | None:
    """Locks the charge, then the refund, as all do: a join would lock them in the order of its plan."""
    charge_id = await session.scalar(select(Refund.charge_id).where(Refund.id == refund_id))
    charge = await find_locked(session, charge_id) if charge_id is not None else None
    refund = await session.get(Refund, refund_id, with_for_update=True, populate_existing=True)
    return (refund, charge) if refund is not None and charge is not None else None


async def list_pending_refunds(session: AsyncSession, charge_id: int) -> Sequence[Refund]:
    pending = select(Refund).where(Refund.charge_id == charge_id, Refund.status == RefundStatus.PENDING)
    return (await session.scalars(pending.order_by(Refund.id).with_for_update())).all()


async def find_sandbox_payment(session: AsyncSession, ref: str) -> SandboxPayment | None:
    return await session.get(SandboxPayment, ref, with_for_update=True, populate_existing=True)


async def list_charges_of_customer(session: AsyncSession, user_id: int) -> Sequence[Charge]:
    charges = select(Charge).join(Booking, Booking.id == Charge.booking_id)
    return (await session.scalars(charges.where(Booking.customer_id == user_id).order_by(Charge.id))).all()


async def list_refunds_of_charges(session: AsyncSession, charge_ids: Sequence[int]) -> Sequence[Refund]:
    refunds = select(Refund).where(Refund.charge_id.in_(charge_ids)).order_by(Refund.id)
    return (await session.scalars(refunds)).all()
