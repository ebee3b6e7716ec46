from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings import service as bookings
from src.companies import audit
from src.core.identity import Principal
from src.core.money import Money
from src.payments import policies
from src.payments.exceptions import AmountNotDueError
from src.payments.gateways.manual import ManualGateway
from src.payments.models import Charge
from src.payments.schemas import ChargeRead, PaymentCreate
from src.payments.service.settle import capture


async def record_payment(session: AsyncSession, *, principal: Principal, body: PaymentCreate) -> ChargeRead:
    """Money that the owner has counted: in the same transaction a hold is confirmed, a dearer time the booking's.

    Locks the booking. Raises `BookingNotFoundError`, `PermissionMissingError`, `IllegalMoveError`,
    `AmountNotDueError`.
    """
    booking = await bookings.get_locked_booking(session, booking_id=body.booking_id)
    await policies.require_recording(session, principal=principal, booking=booking)
    due = await bookings.get_owed(session, booking=booking)
    if body.amount != due.amount:
        raise AmountNotDueError(due=due.amount)
    charge = Charge(
        booking_id=booking.id,
        company_id=booking.company_id,
        gateway=ManualGateway.name,
        is_paid_to_owner=ManualGateway.is_paid_to_owner,
        is_fee_collected=ManualGateway.collects_fee,
        amount=due.amount,
        fee_amount=due.fee_amount,
        tax_amount=due.tax_amount,
        currency=booking.currency,
        expires_at=due.expires_at,
        recorded_by_id=principal.user_id,
        note=f"{body.method.value}: {body.note}" if body.note else body.method.value,
    )
    session.add(charge)
    await session.flush()
    charge.gateway_ref = f"manual-{charge.id}"
    await capture(session, charge)
    await session.refresh(charge)
    await audit.record(
        session,
        principal=principal,
        company_id=booking.company_id,
        action="payment.recorded",
        subject_id=charge.id,
        changes={"amount": (0, charge.amount), "method": (None, body.method)},
    )
    return ChargeRead(
        id=charge.id,
        gateway=charge.gateway,
        status=charge.status,
        amount=Money(amount=charge.amount, currency=charge.currency),
        paid_at=charge.paid_at,
    )
