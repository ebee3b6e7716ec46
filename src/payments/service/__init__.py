"""The use cases of payments, a module each."""

from src.payments.service.apply import apply_state
from src.payments.service.checkout import open_checkout
from src.payments.service.earn import earn
from src.payments.service.read import get_refund_with_charge, list_payments
from src.payments.service.reconcile import ask_about, reconcile_checkouts
from src.payments.service.record import record_payment
from src.payments.service.refunds import grant_refund, mark_refund_paid, refund_cancelled_booking
from src.payments.service.sending import carry_out_refunds

__all__ = [
    "apply_state",
    "ask_about",
    "carry_out_refunds",
    "earn",
    "get_refund_with_charge",
    "grant_refund",
    "list_payments",
    "mark_refund_paid",
    "open_checkout",
    "reconcile_checkouts",
    "record_payment",
    "refund_cancelled_booking",
]
