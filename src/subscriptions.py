"""Who reacts to what: the one table. Handlers run in a worker, each in a transaction of its own, each once."""

from src.addresses import handlers as addresses
from src.addresses.events import AddressPublished
from src.auth import handlers as auth
from src.auth.events import (
    EmailVerified,
    PasswordChanged,
    PasswordResetRequested,
    TakenAddressRegistered,
    UserRegistered,
    VerificationRequested,
)
from src.bookings import handlers as bookings
from src.bookings.events import BookingCancelled, BookingConfirmed, BookingHeld, HoldExpired
from src.companies import handlers as companies
from src.companies.events import CompanyCreated
from src.core.outbox import Subscriptions
from src.payments import handlers as payments
from src.payments.events import LatePaymentRefunded
from src.users.events import UserDeactivated, UserDeleted

SUBSCRIPTIONS: Subscriptions = {
    UserRegistered: (auth.mail_verification,),
    TakenAddressRegistered: (auth.mail_already_registered,),
    VerificationRequested: (auth.mail_verification_again,),
    EmailVerified: (auth.mail_welcome,),
    PasswordResetRequested: (auth.mail_reset_link,),
    PasswordChanged: (auth.mail_password_changed,),
    UserDeactivated: (auth.end_sessions,),
    UserDeleted: (auth.forget_user, companies.forget_admin, addresses.forget_favorites),
    CompanyCreated: (),
    AddressPublished: (),
    BookingHeld: (),
    BookingConfirmed: (bookings.mail_confirmation,),
    BookingCancelled: (payments.refund_cancelled_booking, bookings.mail_cancellation),
    HoldExpired: (bookings.mail_expiry,),
    LatePaymentRefunded: (payments.mail_late_payment,),
}
