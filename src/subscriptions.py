"""Who reacts to what: the one table. Handlers run in a worker, each in a transaction of its own, each once."""

from src.addresses import handlers as addresses
from src.addresses.events import AddressPublished, AddressUnpublished
from src.agreements import handlers as agreements
from src.appointments import handlers as appointments
from src.appointments.events import (
    AppointmentCancelled,
    AppointmentConfirmed,
    AppointmentDeclined,
    AppointmentMoved,
    AppointmentReminderDue,
    AppointmentRequested,
)
from src.auth import handlers as auth
from src.auth.events import (
    EmailVerified,
    PasswordChanged,
    PasswordResetRequested,
    TakenAddressRegistered,
    UserRegistered,
    VerificationRequested,
)
from src.bookings.events import (
    BookingApproved,
    BookingCancelled,
    BookingCompleted,
    BookingConfirmed,
    BookingDeclined,
    BookingHeld,
    BookingNoShow,
    BookingReminderDue,
    BookingRequested,
    BookingRescheduled,
    HoldExpired,
    NoShowTakenBack,
    RequestExpired,
    RescheduleClosed,
    RescheduleProposed,
    SeatsMoved,
    WaitlistOffered,
)
from src.bookings.seats import handlers as seats
from src.bookings.waitlist import handlers as waitlist
from src.calendars import handlers as calendars
from src.calendars.events import CalendarConflictFound, CalendarImportFailing
from src.companies import handlers as companies
from src.companies.events import CompanyCreated
from src.core.outbox import Subscriptions
from src.events.events import EventCancelled, EventMoved, SeatsFreed
from src.messages import handlers as messages
from src.messages.events import ConversationRead, MessageSent, MessageUnread
from src.notifications import handlers as notifications
from src.payments import handlers as payments
from src.payments.events import LatePaymentRefunded, PayoutFailed, PayoutSent
from src.rooms.events import BlockRemoved
from src.teams.events import MemberInvited
from src.users.events import UserDeactivated, UserDeleted
from src.webhooks import handlers as webhooks
from src.webhooks.events import WebhookEndpointDisabled
from src.webhooks.public import PUBLIC

_OWN: Subscriptions = {
    UserRegistered: (auth.mail_verification,),
    TakenAddressRegistered: (auth.mail_already_registered,),
    VerificationRequested: (auth.mail_verification_again,),
    EmailVerified: (auth.mail_welcome,),
    PasswordResetRequested: (auth.mail_reset_link,),
    PasswordChanged: (auth.mail_password_changed, notifications.tell),
    UserDeactivated: (auth.end_sessions,),
    UserDeleted: (
        auth.forget_user,
        companies.forget_admin,
        addresses.forget_favorites,
        waitlist.forget_waiting,
        calendars.forget_feeds,
        messages.forget_contacts,
        appointments.forget_visitor,
        notifications.forget_user,
    ),
    CompanyCreated: (companies.mail_welcome,),
    MemberInvited: (notifications.tell,),
    AddressPublished: (),
    CalendarConflictFound: (notifications.tell,),
    CalendarImportFailing: (notifications.tell,),
    AddressUnpublished: (),
    BookingHeld: (),
    BookingRequested: (notifications.tell,),
    BookingApproved: (notifications.tell,),
    BookingDeclined: (notifications.tell, waitlist.offer_declined),
    RequestExpired: (notifications.tell, waitlist.offer_unanswered),
    RescheduleProposed: (notifications.tell,),
    RescheduleClosed: (payments.close_checkouts_of_closed_proposal, notifications.tell),
    BookingRescheduled: (
        payments.refund_difference,
        payments.close_checkouts_of_rescheduled,
        agreements.renew_agreement,
        notifications.tell,
        waitlist.offer_moved,
    ),
    BookingCompleted: (payments.earn_completed,),
    BookingNoShow: (payments.earn_of_no_show, notifications.tell),
    NoShowTakenBack: (notifications.tell,),
    BookingReminderDue: (notifications.tell,),
    BookingConfirmed: (
        agreements.ask_for_agreement,
        payments.close_checkouts_of_confirmed,
        notifications.tell,
        waitlist.close_taken,
    ),
    BookingCancelled: (
        payments.refund_cancelled_booking,
        payments.close_checkouts_of_cancelled,
        notifications.tell,
        waitlist.offer_cancelled,
    ),
    HoldExpired: (
        notifications.tell,
        payments.close_checkouts_of_expired,
        waitlist.offer_expired,
    ),
    SeatsMoved: (notifications.tell,),
    WaitlistOffered: (notifications.tell,),
    BlockRemoved: (waitlist.offer_unblocked,),
    EventMoved: (seats.move_seats, waitlist.follow_moved_event),
    EventCancelled: (seats.cancel_seats, waitlist.follow_cancelled_event),
    SeatsFreed: (waitlist.offer_freed_seats,),
    LatePaymentRefunded: (notifications.tell,),
    MessageSent: (),
    ConversationRead: (),
    MessageUnread: (notifications.tell,),
    PayoutSent: (notifications.tell,),
    PayoutFailed: (notifications.tell,),
    AppointmentRequested: (notifications.tell,),
    AppointmentConfirmed: (notifications.tell,),
    AppointmentMoved: (notifications.tell,),
    AppointmentCancelled: (notifications.tell,),
    AppointmentDeclined: (notifications.tell,),
    AppointmentReminderDue: (notifications.tell,),
    WebhookEndpointDisabled: (notifications.tell,),
}

SUBSCRIPTIONS: Subscriptions = {
    event: (*handlers, webhooks.announce) if event in PUBLIC else handlers for event, handlers in _OWN.items()
}
