"""Who reacts to what: the one table. Handlers run in a worker, each in a transaction of its own, each once."""

from src.addresses.events import AddressPublished
from src.auth import handlers as auth
from src.auth.events import EmailVerified, UserRegistered
from src.bookings import handlers as bookings
from src.bookings.events import BookingCancelled, BookingConfirmed, BookingHeld, HoldExpired
from src.companies.events import CompanyCreated
from src.core.outbox import Subscriptions
from src.payments import handlers as payments
from src.payments.events import LatePaymentRefunded

SUBSCRIPTIONS: Subscriptions = {
    UserRegistered: (auth.mail_verification,),
    EmailVerified: (auth.mail_welcome,),
    CompanyCreated: (),
    AddressPublished: (),
    BookingHeld: (),
    BookingConfirmed: (bookings.mail_confirmation,),
    BookingCancelled: (payments.refund_cancelled_booking, bookings.mail_cancellation),
    HoldExpired: (bookings.mail_expiry,),
    LatePaymentRefunded: (payments.mail_late_payment,),
}
