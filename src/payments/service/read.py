from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings import service as bookings
from src.core.identity import Principal
from src.core.money import Money
from src.payments import repository
from src.payments.models import Charge, Refund
from src.payments.schemas import ChargeRead, PaymentsRead, RefundRead


async def list_payments(session: AsyncSession, *, principal: Principal, booking_id: int) -> PaymentsRead:
    """Charges and refunds of a booking. Raises `BookingNotFoundError` for who may not see the booking."""
    booking = await bookings.get_booking(session, principal=principal, booking_id=booking_id)
    currency = booking.total.currency
    return PaymentsRead(
        charges=[
            ChargeRead(
                id=charge.id,
                gateway=charge.gateway,
                status=charge.status,
                amount=Money(amount=charge.amount, currency=currency),
                paid_at=charge.paid_at,
            )
            for charge in await repository.list_charges(session, booking_id)
        ],
        refunds=[
            RefundRead(
                id=refund.id,
                charge_id=refund.charge_id,
                status=refund.status,
                reason=refund.reason,
                amount=Money(amount=refund.amount, currency=currency),
                created_at=refund.created_at,
            )
            for refund in await repository.list_refunds(session, booking_id)
        ],
    )


async def get_refund_with_charge(session: AsyncSession, *, refund_id: int) -> tuple[Refund, Charge]:
    """Of an id that an event has named."""
    found = await repository.find_refund_with_charge(session, refund_id)
    assert found is not None
    return found
