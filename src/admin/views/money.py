from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, or_, select

from src.admin.actions import Action, mark_payout_paid, mark_refund_paid, refund, retry_payout
from src.admin.views.base import ReadOnlyView, Table, choice_of, link_to, show
from src.admin.views.business import amount_of
from src.bookings import reference
from src.core.money import display
from src.payments.enums import ChargeStatus, PayoutStatus
from src.payments.models import Charge, Refund
from src.payments.payouts.models import Payout
from src.payments.transfers.models import Transfer


class ChargeView(ReadOnlyView, model=Charge):
    name, name_plural, icon = "Charge", "Charges", "ti ti-credit-card"
    listed = (
        "id",
        "booking_id",
        "gateway",
        "status",
        "amount",
        "refunded_amount",
        "paid_at",
        "created_at",
    )
    read_along = ("currency",)
    detailed = (
        *listed,
        "fee_amount",
        "is_paid_to_owner",
        "gateway_ref",
        "payment_ref",
        "expires_at",
        "attempts",
        "recorded_by_id",
        "note",
    )
    labels = {"recorded_by_id": "Recorded by", "fee_amount": "Fee to the platform"}
    search_hint = "id, or reference of the booking"
    choices = (choice_of(Charge.status, ChargeStatus),)
    scopes = ("booking_id",)
    shown_as = {
        "booking_id": link_to("booking", "booking_id"),
        "recorded_by_id": link_to("user", "recorded_by_id"),
        **{name: amount_of(name) for name in ("amount", "refunded_amount", "fee_amount")},
    }
    actions = (
        Action(
            name="refund",
            label="Refund",
            question="The customer gets this back, beyond what the policy says. It can't be taken back.",
            run=refund,
            is_for=lambda charge: (
                charge.status is ChargeStatus.SUCCEEDED and charge.refunded_amount < charge.amount
            ),
            fields={"amount": "Amount, such as 12.50", "note": "Why (kept with the refund)"},
            is_dangerous=True,
        ),
        Action(
            name="mark-refund-paid",
            label="Mark a failed refund as paid back by hand",
            question="The customer has all of it another way. It can't be taken back.",
            run=mark_refund_paid,
            is_for=lambda charge: charge.refunded_amount > 0,
            fields={"refund_id": "Id of the refund that has failed, below", "note": "How it was paid back"},
        ),
    )

    def find(self, term: str) -> ColumnElement[bool]:
        try:
            return or_(super().find(term), Charge.booking_id == reference.decode(term.strip()))
        except ValueError:
            return super().find(term)

    async def related(self, row: Any) -> Sequence[Table]:
        refunds = select(
            Refund.id, Refund.amount, Refund.reason, Refund.status, Refund.created_at, Refund.last_error
        )
        rows = await self.rows_of(refunds.where(Refund.charge_id == row.id).order_by(Refund.id))
        columns = ("Id", "Amount", "Reason", "Status", "Decided", "Last error")
        cells = [
            (one.id, display(one.amount, row.currency), *(show(value) for value in one[2:])) for one in rows
        ]
        return [Table("Refunds", columns, cells)]


class PayoutView(ReadOnlyView, model=Payout):
    name, name_plural, icon = "Payout", "Payouts", "ti ti-cash"
    listed = ("id", "company_id", "day", "amount", "status", "failure", "sent_at", "created_at")
    read_along = ("currency",)
    detailed = (*listed, "tax_amount", "paid_by_id", "note")
    labels = {"tax_amount": "Of it tax", "paid_by_id": "Paid by"}
    choices = (choice_of(Payout.status, PayoutStatus),)
    scopes = ("company_id",)
    shown_as = {
        "company_id": link_to("company", "company_id"),
        "paid_by_id": link_to("user", "paid_by_id"),
        **{name: amount_of(name) for name in ("amount", "tax_amount")},
    }
    actions = (
        Action(
            name="mark-paid",
            label="Mark as paid by hand",
            question="It has left our bank. The owner gets a mail; it can't be taken back.",
            run=mark_payout_paid,
            is_for=lambda payout: payout.status is not PayoutStatus.SENT,
            fields={"note": "What the owner finds on their bank statement"},
        ),
        Action(
            name="retry",
            label="Let the gateway try again",
            question="The gateway has refused it; the last error below says why. Has that been mended?",
            run=retry_payout,
            is_for=lambda payout: payout.status is PayoutStatus.FAILED,
        ),
    )

    async def related(self, row: Any) -> Sequence[Table]:
        transfers = select(
            Transfer.id, Transfer.amount, Transfer.status, Transfer.created_at, Transfer.last_error
        )
        rows = await self.rows_of(transfers.where(Transfer.payout_id == row.id).order_by(Transfer.id))
        cells = [
            (one.id, display(one.amount, row.currency), *(show(value) for value in one[2:])) for one in rows
        ]
        return [Table("Transfers", ("Id", "Amount", "Status", "Decided", "Last error"), cells)]
