"""The statements that POST /bookings issues, in their order."""

# The product's own constants, private to its repositories: a copy would grow old.
from src.auth.repository import _PRINCIPAL as PRINCIPAL
from src.bookings.repository.making import _INSERT as INSERT
from src.calendars.repository import _CLAIM as CLAIM
from src.rooms.repository import _OFFER as OFFER

# As in `core.events.publish`.
OUTBOX = "INSERT INTO outbox (name, payload) VALUES ($1, $2::text::jsonb)"

__all__ = ["CLAIM", "INSERT", "OFFER", "OUTBOX", "PRINCIPAL"]
