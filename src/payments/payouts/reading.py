"""Rows of payouts as clients see them."""

from src.bookings import reference
from src.core.money import Money
from src.payments.enums import PayoutStatus
from src.payments.payouts.repository import ItemRow, PayoutRow
from src.payments.payouts.schemas import PayoutItemRead, PayoutRead


def read_payout(row: PayoutRow) -> PayoutRead:
    payout = row.Payout
    return PayoutRead(
        id=payout.id,
        company_id=payout.company_id,
        status=payout.status,
        amount=Money(amount=payout.amount, currency=payout.currency),
        tax=Money(amount=payout.tax_amount, currency=payout.currency),
        day=payout.day,
        is_by_hand=row.transfer_id is None or payout.paid_by_id is not None,
        is_on_hold=row.is_disputed or payout.status is PayoutStatus.FAILED,
        failure=payout.failure,
        sent_at=payout.sent_at,
        note=payout.note,
        created_at=payout.created_at,
    )


def read_item(row: ItemRow) -> PayoutItemRead:
    item = row.PayoutItem

    def money(amount: int) -> Money:
        return Money(amount=amount, currency=item.currency)

    return PayoutItemRead(
        booking_id=row.booking_id,
        reference=reference.encode(row.booking_id),
        explanation=row.LedgerTransaction.explanation,
        gross=money(item.amount + row.fee_amount),
        fee=money(row.fee_amount),
        amount=money(item.amount),
        tax=money(item.tax_amount),
        created_at=row.LedgerTransaction.created_at,
    )
