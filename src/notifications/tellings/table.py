"""Who hears of what, and how: the one table.

A new line needs a kind (`kinds.py`), a function that names the people and the facts, and the template of a mail; its
event stands in `src/subscriptions.py` with `notifications.tell`.
"""

from collections.abc import Mapping
from typing import Final

from src.appointments.events import (
    AppointmentCancelled,
    AppointmentConfirmed,
    AppointmentDeclined,
    AppointmentMoved,
    AppointmentReminderDue,
    AppointmentRequested,
)
from src.auth.events import PasswordChanged
from src.bookings.events import (
    BookingApproved,
    BookingCancelled,
    BookingConfirmed,
    BookingDeclined,
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
from src.calendars.events import CalendarConflictFound, CalendarImportFailing
from src.core.events import Event
from src.messages.events import MessageUnread
from src.notifications.kinds import NotificationKind as Kind
from src.notifications.telling import Telling
from src.notifications.tellings import bookings, others, proposals, visits
from src.payments.events import LatePaymentRefunded, PayoutFailed, PayoutSent
from src.teams.events import MemberInvited
from src.webhooks.events import WebhookEndpointDisabled

TELLINGS: Final[Mapping[type[Event], tuple[Telling, ...]]] = {
    BookingRequested: (
        Telling(Kind.STUDIO_BOOKING_REQUESTED, bookings.studio, mail="bookings/requested_owner"),
    ),
    BookingApproved: (Telling(Kind.BOOKING_APPROVED, bookings.customer, mail="bookings/approved"),),
    BookingDeclined: (Telling(Kind.BOOKING_DECLINED, bookings.customer_declined, mail="bookings/declined"),),
    RequestExpired: (Telling(Kind.BOOKING_DECLINED, bookings.customer, mail="bookings/unanswered"),),
    BookingConfirmed: (
        Telling(Kind.BOOKING_CONFIRMED, bookings.customer_who_paid, mail="bookings/confirmed"),
        Telling(Kind.BOOKING_CONFIRMED, bookings.customer_for_nothing, mail="bookings/booked"),
        Telling(Kind.STUDIO_BOOKING_CONFIRMED, bookings.studio_that_is_paid, mail="bookings/confirmed_owner"),
    ),
    BookingRescheduled: (
        Telling(Kind.BOOKING_MOVED, bookings.customer_moved, mail="bookings/rescheduled"),
        Telling(Kind.STUDIO_BOOKING_MOVED, bookings.studio_moved, mail="bookings/rescheduled_owner"),
    ),
    RescheduleProposed: (
        Telling(Kind.PROPOSAL_RECEIVED, proposals.customer_who_pays, mail="bookings/reschedule_payable"),
        Telling(Kind.PROPOSAL_RECEIVED, proposals.customer_who_answers, mail="bookings/reschedule_proposed"),
        Telling(
            Kind.STUDIO_PROPOSAL_RECEIVED,
            proposals.studio_that_answers,
            mail="bookings/reschedule_proposed_owner",
        ),
    ),
    RescheduleClosed: (
        Telling(Kind.PROPOSAL_CLOSED, proposals.customer_whose_is_closed, mail="bookings/reschedule_closed"),
        Telling(
            Kind.STUDIO_PROPOSAL_CLOSED,
            proposals.studio_whose_is_closed,
            mail="bookings/reschedule_closed_owner",
        ),
    ),
    BookingCancelled: (
        Telling(Kind.BOOKING_CANCELLED, bookings.customer_cancelled, mail="bookings/cancelled"),
        Telling(Kind.EVENT_CANCELLED, bookings.guest_of_cancelled_event, mail="events/cancelled"),
        Telling(Kind.STUDIO_BOOKING_CANCELLED, bookings.studio_cancelled, mail="bookings/cancelled_owner"),
    ),
    HoldExpired: (Telling(Kind.HOLD_EXPIRED, bookings.customer_too_late, mail="bookings/expired"),),
    SeatsMoved: (Telling(Kind.EVENT_MOVED, bookings.guest_of_moved_event, mail="events/moved"),),
    WaitlistOffered: (Telling(Kind.WAITLIST_OFFERED, bookings.next_in_line, mail="waitlist/offered"),),
    LatePaymentRefunded: (
        Telling(Kind.LATE_PAYMENT_REFUNDED, others.customer_who_paid_late, mail="payments/late_payment"),
    ),
    BookingReminderDue: (
        Telling(Kind.BOOKING_REMINDER, bookings.customer_who_comes, mail="bookings/reminder"),
    ),
    BookingNoShow: (Telling(Kind.BOOKING_NO_SHOW, bookings.customer_who_missed_it, mail="bookings/no_show"),),
    NoShowTakenBack: (
        Telling(
            Kind.NO_SHOW_TAKEN_BACK, bookings.customer_who_came_after_all, mail="bookings/no_show_taken_back"
        ),
    ),
    AppointmentRequested: (
        Telling(
            Kind.STUDIO_VISIT_REQUESTED, visits.studio_that_is_asked, mail="appointments/requested_owner"
        ),
    ),
    AppointmentConfirmed: (
        Telling(Kind.VISIT_CONFIRMED, visits.visitor_who_comes, mail="appointments/confirmed"),
        Telling(Kind.STUDIO_VISIT_CONFIRMED, visits.studio_that_expects, mail="appointments/confirmed_owner"),
    ),
    AppointmentMoved: (
        Telling(Kind.VISIT_MOVED, visits.visitor, mail="appointments/moved"),
        Telling(Kind.STUDIO_VISIT_MOVED, visits.studio, mail="appointments/moved_owner"),
    ),
    AppointmentCancelled: (
        Telling(Kind.VISIT_CANCELLED, visits.visitor, mail="appointments/cancelled"),
        Telling(Kind.STUDIO_VISIT_CANCELLED, visits.studio, mail="appointments/cancelled_owner"),
    ),
    AppointmentDeclined: (Telling(Kind.VISIT_DECLINED, visits.visitor, mail="appointments/declined"),),
    AppointmentReminderDue: (
        Telling(Kind.VISIT_REMINDER, visits.visitor_of_tomorrow, mail="appointments/reminder"),
    ),
    MessageUnread: (
        Telling(Kind.MESSAGE_RECEIVED, others.customer_with_unread, mail="messages/new_message"),
        Telling(Kind.STUDIO_MESSAGE_RECEIVED, others.studio_with_unread, mail="messages/new_message"),
    ),
    PayoutSent: (Telling(Kind.STUDIO_PAYOUT_SENT, others.admins_who_are_paid, mail="payments/payout_sent"),),
    PayoutFailed: (
        Telling(Kind.STUDIO_PAYOUT_FAILED, others.admins_who_are_not_paid, mail="payments/payout_failed"),
    ),
    CalendarConflictFound: (
        Telling(Kind.STUDIO_CALENDAR_CONFLICT, others.studio_with_conflicts, mail="rooms/calendar_conflicts"),
    ),
    CalendarImportFailing: (
        Telling(Kind.STUDIO_CALENDAR_FAILING, others.studio_with_unreadable, mail="rooms/calendar_failing"),
    ),
    WebhookEndpointDisabled: (
        Telling(Kind.STUDIO_WEBHOOK_DISABLED, others.admins_of_disabled, mail="webhooks/disabled"),
    ),
    MemberInvited: (Telling(Kind.TEAM_INVITATION, others.invited_person, mail="teams/invitation"),),
    PasswordChanged: (Telling(Kind.PASSWORD_CHANGED, others.owner_of_account, mail=None),),
}
