"""Imports every table, for alembic and for relations between them to resolve."""

from src.addresses import models as addresses
from src.addresses.badges import models as badges
from src.addresses.equipment import models as equipment
from src.addresses.progress import models as progress
from src.addresses.updates import models as updates
from src.admin import models as admin
from src.agreements import models as agreements
from src.appointments import models as appointments
from src.auth import models as auth
from src.bookings import models as bookings
from src.bookings.add_ons import models as add_ons
from src.bookings.rescheduling import models as proposals
from src.bookings.series import models as series
from src.bookings.waitlist import models as waitlist
from src.calendars import models as calendars
from src.companies import models as companies
from src.core import events as outbox
from src.core import idempotency, live, uploads
from src.core.mail import models as mail
from src.core.models import Base
from src.events import models as events
from src.geographic import models as geographic
from src.messages import models as messages
from src.messages.blocks import models as blocks
from src.messages.reports import models as reports
from src.messages.saved_replies import models as saved_replies
from src.notifications import models as notifications
from src.payments import models as payments
from src.payments.accounts import models as payment_accounts
from src.payments.disputes import models as disputes
from src.payments.payouts import models as payouts
from src.payments.transfers import models as transfers
from src.payments.webhooks import models as gateway_notices
from src.rooms import models as rooms
from src.rooms.search import models as search
from src.teams import models as teams
from src.users import models as users
from src.webhooks import models as webhooks

metadata = Base.metadata

__all__ = [
    "add_ons",
    "addresses",
    "admin",
    "agreements",
    "appointments",
    "auth",
    "badges",
    "blocks",
    "bookings",
    "calendars",
    "companies",
    "disputes",
    "equipment",
    "events",
    "gateway_notices",
    "geographic",
    "idempotency",
    "live",
    "mail",
    "messages",
    "metadata",
    "notifications",
    "outbox",
    "payment_accounts",
    "payments",
    "payouts",
    "progress",
    "proposals",
    "reports",
    "rooms",
    "saved_replies",
    "search",
    "series",
    "teams",
    "transfers",
    "updates",
    "uploads",
    "users",
    "waitlist",
    "webhooks",
]
