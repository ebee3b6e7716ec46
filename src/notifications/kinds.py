"""What people can be told of: the one list, for the preferences screen and for the words in the product.

A mail that somebody needs (what they have booked, what becomes of their money, their account) can't be switched off.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from src.core.mail.languages import marked as _


class NotificationKind(StrEnum):
    BOOKING_CONFIRMED = "booking_confirmed"
    BOOKING_APPROVED = "booking_approved"
    BOOKING_DECLINED = "booking_declined"
    BOOKING_MOVED = "booking_moved"
    BOOKING_CANCELLED = "booking_cancelled"
    HOLD_EXPIRED = "hold_expired"
    PROPOSAL_RECEIVED = "proposal_received"
    PROPOSAL_CLOSED = "proposal_closed"
    BOOKING_REMINDER = "booking_reminder"
    BOOKING_NO_SHOW = "booking_no_show"
    NO_SHOW_TAKEN_BACK = "no_show_taken_back"
    VISIT_CONFIRMED = "visit_confirmed"
    VISIT_DECLINED = "visit_declined"
    VISIT_MOVED = "visit_moved"
    VISIT_CANCELLED = "visit_cancelled"
    VISIT_REMINDER = "visit_reminder"
    MESSAGE_RECEIVED = "message_received"
    EVENT_MOVED = "event_moved"
    EVENT_CANCELLED = "event_cancelled"
    WAITLIST_OFFERED = "waitlist_offered"
    LATE_PAYMENT_REFUNDED = "late_payment_refunded"
    TEAM_INVITATION = "team_invitation"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - the name of a kind
    STUDIO_BOOKING_REQUESTED = "studio_booking_requested"
    STUDIO_BOOKING_CONFIRMED = "studio_booking_confirmed"
    STUDIO_BOOKING_MOVED = "studio_booking_moved"
    STUDIO_BOOKING_CANCELLED = "studio_booking_cancelled"
    STUDIO_PROPOSAL_RECEIVED = "studio_proposal_received"
    STUDIO_PROPOSAL_CLOSED = "studio_proposal_closed"
    STUDIO_VISIT_REQUESTED = "studio_visit_requested"
    STUDIO_VISIT_CONFIRMED = "studio_visit_confirmed"
    STUDIO_VISIT_MOVED = "studio_visit_moved"
    STUDIO_VISIT_CANCELLED = "studio_visit_cancelled"
    STUDIO_MESSAGE_RECEIVED = "studio_message_received"
    STUDIO_PAYOUT_SENT = "studio_payout_sent"
    STUDIO_PAYOUT_FAILED = "studio_payout_failed"
    STUDIO_CALENDAR_CONFLICT = "studio_calendar_conflict"
    STUDIO_CALENDAR_FAILING = "studio_calendar_failing"
    STUDIO_WEBHOOK_DISABLED = "studio_webhook_disabled"


@dataclass(frozen=True, slots=True)
class Kind:
    """In English; `wording.py` translates, and fills `title` and `body` with a notification's facts."""

    label: str
    title: str
    body: str
    is_mail_optional: bool = False


K = NotificationKind
_WHAT = _("%(what)s.")

KINDS: Final[Mapping[NotificationKind, Kind]] = {
    K.BOOKING_CONFIRMED: Kind(_("My booking is confirmed"), _("Booking %(reference)s is confirmed"), _WHAT),
    K.BOOKING_APPROVED: Kind(
        _("My request is approved"), _("The studio has said yes"), _("%(what)s. Pay to make it yours.")
    ),
    K.BOOKING_DECLINED: Kind(
        _("My request is declined or not answered"), _("Booking %(reference)s won't take place"), _WHAT
    ),
    K.BOOKING_MOVED: Kind(
        _("My booking has another time"), _("Booking %(reference)s has another time"), _("Now: %(what)s.")
    ),
    K.BOOKING_CANCELLED: Kind(_("My booking is cancelled"), _("Booking %(reference)s is cancelled"), _WHAT),
    K.HOLD_EXPIRED: Kind(
        _("I haven't paid in time"), _("Booking %(reference)s has expired"),
        _("%(what)s. It wasn't paid in time."), is_mail_optional=True,
    ),
    K.PROPOSAL_RECEIVED: Kind(
        _("The studio proposes another time"), _("Another time for booking %(reference)s"), _WHAT
    ),
    K.PROPOSAL_CLOSED: Kind(
        _("My proposal of another time is closed"), _("Booking %(reference)s stays as it is"), _WHAT,
        is_mail_optional=True,
    ),
    K.BOOKING_REMINDER: Kind(
        _("My booking is tomorrow"), _("Tomorrow: %(title)s"), _WHAT, is_mail_optional=True
    ),
    K.BOOKING_NO_SHOW: Kind(
        _("The studio says that I didn't come"), _("Booking %(reference)s counts as missed"), _WHAT
    ),
    K.NO_SHOW_TAKEN_BACK: Kind(
        _("The studio takes back that I didn't come"), _("Booking %(reference)s doesn't count as missed"), _WHAT
    ),
    K.VISIT_CONFIRMED: Kind(
        _("My visit of a studio is confirmed"), _("%(studio)s expects you"), _("Your visit: %(starts)s.")
    ),
    K.VISIT_DECLINED: Kind(
        _("My visit of a studio is declined"), _("%(studio)s can't receive you"), _("Your visit: %(starts)s.")
    ),
    K.VISIT_MOVED: Kind(
        _("My visit of a studio has another time"), _("Your visit of %(studio)s has a new time"),
        _("Now: %(starts)s."),
    ),
    K.VISIT_CANCELLED: Kind(
        _("My visit of a studio is cancelled"), _("Your visit of %(studio)s is cancelled"),
        _("Nobody expects you any more: %(starts)s."),
    ),
    K.VISIT_REMINDER: Kind(
        _("My visit of a studio is tomorrow"), _("Tomorrow: your visit of %(studio)s"),
        _("Your visit: %(starts)s."), is_mail_optional=True,
    ),
    K.MESSAGE_RECEIVED: Kind(
        _("A studio has written, and I haven't read it"), _("%(studio)s has written to you"), _("%(unread)s."),
        is_mail_optional=True,
    ),
    K.EVENT_MOVED: Kind(
        _("An event that I go to has another time"), _("%(title)s has another time"), _WHAT
    ),
    K.EVENT_CANCELLED: Kind(_("An event that I go to is cancelled"), _("%(title)s is cancelled"), _WHAT),
    K.WAITLIST_OFFERED: Kind(
        _("What I wait for is free"), _("It is your turn: %(title)s"), _WHAT, is_mail_optional=True
    ),
    K.LATE_PAYMENT_REFUNDED: Kind(
        _("My payment came too late and goes back"), _("%(refund)s goes back to you"),
        _("You paid too late for %(what)s."),
    ),
    K.TEAM_INVITATION: Kind(
        _("Somebody invites me to a team"), _("%(inviter)s invites you to %(company)s"),
        _("The link is in your mail."),
    ),
    K.PASSWORD_CHANGED: Kind(
        _("My password is changed"), _("Your password was changed"),
        _("If it wasn't you, reset it at once."),
    ),
    K.STUDIO_BOOKING_REQUESTED: Kind(
        _("Somebody asks for a room"), _("%(customer)s asks for %(title)s"), _WHAT, is_mail_optional=True
    ),
    K.STUDIO_BOOKING_CONFIRMED: Kind(
        _("Somebody books a room"), _("%(customer)s has booked %(title)s"), _WHAT, is_mail_optional=True
    ),
    K.STUDIO_BOOKING_MOVED: Kind(
        _("A booking has another time"), _("%(customer)s: another time for %(reference)s"),
        _("Now: %(what)s."), is_mail_optional=True,
    ),
    K.STUDIO_BOOKING_CANCELLED: Kind(
        _("A booking is cancelled"), _("%(customer)s: %(reference)s is cancelled"), _WHAT,
        is_mail_optional=True,
    ),
    K.STUDIO_PROPOSAL_RECEIVED: Kind(
        _("A customer proposes another time"), _("%(customer)s would like another time"), _WHAT,
        is_mail_optional=True,
    ),
    K.STUDIO_PROPOSAL_CLOSED: Kind(
        _("The studio's proposal of another time is closed"), _("%(customer)s: %(reference)s stays as it is"),
        _WHAT, is_mail_optional=True,
    ),
    K.STUDIO_VISIT_REQUESTED: Kind(
        _("Somebody asks for a visit"), _("%(customer)s would like to see your studio"),
        _("%(studio)s, %(starts)s."), is_mail_optional=True,
    ),
    K.STUDIO_VISIT_CONFIRMED: Kind(
        _("A visit is agreed"), _("%(customer)s comes to see your studio"), _("%(studio)s, %(starts)s."),
        is_mail_optional=True,
    ),
    K.STUDIO_VISIT_MOVED: Kind(
        _("A visit has another time"), _("The visit of %(customer)s has a new time"),
        _("%(studio)s, %(starts)s."), is_mail_optional=True,
    ),
    K.STUDIO_VISIT_CANCELLED: Kind(
        _("A visit is cancelled"), _("%(customer)s doesn't come"), _("%(studio)s, %(starts)s."),
        is_mail_optional=True,
    ),
    K.STUDIO_MESSAGE_RECEIVED: Kind(
        _("A customer has written, and nobody has read it"), _("%(customer)s has written about %(studio)s"),
        _("%(unread)s."), is_mail_optional=True,
    ),
    K.STUDIO_PAYOUT_SENT: Kind(
        _("Money is paid out to the company"), _("%(amount)s is on its way"), _("To %(company)s.")
    ),
    K.STUDIO_PAYOUT_FAILED: Kind(
        _("Money can't be paid out to the company"), _("%(amount)s can't be paid out"),
        _("%(company)s: %(refusal)s"),
    ),
    K.STUDIO_CALENDAR_CONFLICT: Kind(
        _("An imported calendar is over bookings"), _("%(calendar)s is over what is booked"),
        _("%(room)s, %(studio)s."), is_mail_optional=True,
    ),
    K.STUDIO_CALENDAR_FAILING: Kind(
        _("An imported calendar can't be read"), _("%(calendar)s can't be read"),
        _("%(room)s, %(studio)s."), is_mail_optional=True,
    ),
    K.STUDIO_WEBHOOK_DISABLED: Kind(
        _("A webhook is disabled"), _("A webhook of your company is disabled"),
        _("%(url)s gets no events any more."), is_mail_optional=True,
    ),
}  # fmt: skip
