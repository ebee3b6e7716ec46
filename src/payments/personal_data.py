"""What the domain knows about a person, for their export."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from src.core.money import Money
from src.payments import repository
from src.payments.schemas import ChargeRead, RefundRead


async def export_payments(session: AsyncSession, user_id: int) -> dict[str, Any]:
    """Charges and refunds of the user's own bookings; what the gateways call them is no business of theirs."""
    charges = await repository.list_charges_of_customer(session, user_id)
    currencies = {charge.id: charge.currency for charge in charges}
    refunds = await repository.list_refunds_of_charges(session, list(currencies))
    return {
        "charges": [
            ChargeRead(
                id=charge.id,
                gateway=charge.gateway,
                status=charge.status,
                amount=Money(amount=charge.amount, currency=charge.currency),
                paid_at=charge.paid_at,
            ).model_dump(mode="json")
            | {"booking_id": charge.booking_id}
            for charge in charges
        ],
        "refunds": [
            RefundRead(
                id=refund.id,
                charge_id=refund.charge_id,
                status=refund.status,
                reason=refund.reason,
                amount=Money(amount=refund.amount, currency=currencies[refund.charge_id]),
                created_at=refund.created_at,
            ).model_dump(mode="json")
            for refund in refunds
        ],
    }
