"""The use cases of appointments, a module each."""

from src.appointments.repository import AppointmentRow
from src.appointments.service.booking import book_visit
from src.appointments.service.facts import mail_facts
from src.appointments.service.moves import set_status
from src.appointments.service.read import (
    get_appointment,
    list_history,
    list_mine,
    list_of_address,
    list_of_customer,
)
from src.appointments.service.rescheduling import reschedule
from src.appointments.service.sweeps import remind, settle_past_appointments

__all__ = [
    "AppointmentRow",
    "book_visit",
    "get_appointment",
    "list_history",
    "list_mine",
    "list_of_address",
    "list_of_customer",
    "mail_facts",
    "remind",
    "reschedule",
    "set_status",
    "settle_past_appointments",
]
