"""The use cases of bookings, a module each."""

from src.bookings.service.cancel import cancel_booking, preview_cancellation
from src.bookings.service.confirm import (
    Due,
    PaymentOutcome,
    confirm_paid,
    find_due,
    get_due,
    get_locked_booking,
    get_owed,
    get_payable_booking,
    give_back,
    prolong_hold,
)
from src.bookings.service.contact import Contact, get_contact
from src.bookings.service.create import create_booking, quote
from src.bookings.service.expire import expire_holds
from src.bookings.service.facts import last_reason, mail_facts
from src.bookings.service.moves import (
    approve,
    complete,
    complete_past_bookings,
    decline,
    list_history,
    mark_no_show,
    move_to,
    take_back_no_show,
)
from src.bookings.service.read import get_booking, list_assigned_bookings, list_my_bookings
from src.bookings.service.remind import send_reminders

__all__ = [
    "Contact",
    "Due",
    "PaymentOutcome",
    "approve",
    "cancel_booking",
    "complete",
    "complete_past_bookings",
    "confirm_paid",
    "create_booking",
    "decline",
    "expire_holds",
    "find_due",
    "get_booking",
    "get_contact",
    "get_due",
    "get_locked_booking",
    "get_owed",
    "get_payable_booking",
    "give_back",
    "last_reason",
    "list_assigned_bookings",
    "list_history",
    "list_my_bookings",
    "mail_facts",
    "mark_no_show",
    "move_to",
    "preview_cancellation",
    "prolong_hold",
    "quote",
    "send_reminders",
    "take_back_no_show",
]
