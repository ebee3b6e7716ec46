"""Imports every table, for alembic and for relations between them to resolve."""

from src.addresses import models as addresses
from src.agreements import models as agreements
from src.appointments import models as appointments
from src.auth import models as auth
from src.bookings import models as bookings
from src.calendars import models as calendars
from src.companies import models as companies
from src.core import events as outbox
from src.core import idempotency, uploads
from src.core.mail import models as mail
from src.core.models import Base
from src.events import models as events
from src.geographic import models as geographic
from src.messages import models as messages
from src.notifications import models as notifications
from src.payments import models as payments
from src.rooms import models as rooms
from src.teams import models as teams
from src.users import models as users

metadata = Base.metadata

__all__ = [
    "addresses",
    "agreements",
    "appointments",
    "auth",
    "bookings",
    "calendars",
    "companies",
    "events",
    "geographic",
    "idempotency",
    "mail",
    "messages",
    "metadata",
    "notifications",
    "outbox",
    "payments",
    "rooms",
    "teams",
    "uploads",
    "users",
]
