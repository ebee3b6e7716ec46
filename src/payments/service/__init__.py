"""The use cases of payments, a module each."""

from src.payments.service.checkout import open_checkout
from src.payments.service.read import list_payments
from src.payments.service.refunds import carry_out_refunds, refund_cancelled_booking
from src.payments.service.settle import settle_failed, settle_paid

__all__ = [
    "carry_out_refunds",
    "list_payments",
    "open_checkout",
    "refund_cancelled_booking",
    "settle_failed",
    "settle_paid",
]
