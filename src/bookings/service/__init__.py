"""The use cases of bookings, a module each."""

from src.bookings.service.cancel import cancel_booking, preview_cancellation
from src.bookings.service.confirm import PaymentOutcome, confirm_paid, get_payable_booking
from src.bookings.service.create import create_booking, quote
from src.bookings.service.expire import expire_holds
from src.bookings.service.facts import mail_facts
from src.bookings.service.read import get_booking, list_my_bookings

__all__ = [
    "PaymentOutcome",
    "cancel_booking",
    "confirm_paid",
    "create_booking",
    "expire_holds",
    "get_booking",
    "get_payable_booking",
    "list_my_bookings",
    "mail_facts",
    "preview_cancellation",
    "quote",
]
