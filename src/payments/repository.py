from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Row, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings.models import Booking
from src.payments.enums import ChargeStatus, RefundStatus
from src.payments.models import Charge, Refund, SandboxPayment


async def find_open_charge(session: AsyncSession, *, booking_id: int, gateway: str) -> Charge | None:
    found = select(Charge).where(
        Charge.booking_id == booking_id, Charge.gateway == gateway, Charge.status == ChargeStatus.OPEN
    )
    return (await session.scalars(found)).one_or_none()


async def find_locked_by_ref(session: AsyncSession, *, gateway: str, ref: str) -> Charge | None:
    found = select(Charge).where(Charge.gateway == gateway, Charge.gateway_ref == ref)
    return (await session.scalars(found.with_for_update())).one_or_none()


async def set_checkout(session: AsyncSession, *, charge_id: int, ref: str, url: str) -> None:
    await session.execute(
        update(Charge).where(Charge.id == charge_id).values(gateway_ref=ref, checkout_url=url)
    )


async def list_charges(session: AsyncSession, booking_id: int) -> Sequence[Charge]:
    charges = select(Charge).where(Charge.booking_id == booking_id).order_by(Charge.id)
    return (await session.scalars(charges)).all()


async def list_refundable(session: AsyncSession, booking_id: int) -> Sequence[Charge]:
    """Paid charges with something left to refund, latest first; locks them."""
    charges = select(Charge).where(
        Charge.booking_id == booking_id,
        Charge.status == ChargeStatus.SUCCEEDED,
        Charge.refunded_amount < Charge.amount,
    )
    return (await session.scalars(charges.order_by(Charge.id.desc()).with_for_update())).all()


async def list_refunds(session: AsyncSession, booking_id: int) -> Sequence[Refund]:
    refunds = select(Refund).join(Charge, Charge.id == Refund.charge_id)
    return (await session.scalars(refunds.where(Charge.booking_id == booking_id).order_by(Refund.id))).all()


async def find_refund_with_charge(session: AsyncSession, refund_id: int) -> Row[Refund, Charge] | None:
    found = select(Refund, Charge).join(Charge, Charge.id == Refund.charge_id).where(Refund.id == refund_id)
    return (await session.execute(found.with_for_update())).one_or_none()


async def lease_refunds(session: AsyncSession, *, limit: int, lease: timedelta) -> Sequence[int]:
    """Refunds that are due, put off by `lease` so that nobody else takes them meanwhile."""
    due = (
        select(Refund.id)
        .where(Refund.status == RefundStatus.PENDING, Refund.due_at <= func.clock_timestamp())
        .order_by(Refund.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    leased = (
        update(Refund)
        .where(Refund.id.in_(due))
        .values(attempts=Refund.attempts + 1, due_at=func.clock_timestamp() + lease)
    )
    return (await session.scalars(leased.returning(Refund.id))).all()


async def find_sandbox_payment(session: AsyncSession, ref: str) -> SandboxPayment | None:
    return await session.get(SandboxPayment, ref, with_for_update=True, populate_existing=True)


async def list_charges_of_customer(session: AsyncSession, user_id: int) -> Sequence[Charge]:
    charges = select(Charge).join(Booking, Booking.id == Charge.booking_id)
    return (await session.scalars(charges.where(Booking.customer_id == user_id).order_by(Charge.id))).all()


async def list_refunds_of_charges(session: AsyncSession, charge_ids: Sequence[int]) -> Sequence[Refund]:
    refunds = select(Refund).where(Refund.charge_id.in_(charge_ids)).order_by(Refund.id)
    return (await session.scalars(refunds)).all()
