from src.core.errors import ConflictError, InvalidError, NotFoundError
from src.events.models import LONGEST_EVENT_DAYS


class EventNotFoundError(NotFoundError):
    code = "event_not_found"
    detail = "There is no such event, or its studio is not published."


class SoldOutError(ConflictError):
    """`seats_left` in the document says how many there are."""

    code = "sold_out"
    detail = "There are not that many seats left; POST /waitlist tells you when there are."


class CapacityBelowSoldError(ConflictError):
    """Held by the database: seats and capacity meet in one check."""

    code = "capacity_below_sold"
    detail = "More seats than that are sold or held already."
    constraint = "ck_events_seats"


class EventCancelledError(ConflictError):
    code = "event_cancelled"
    detail = "The event is cancelled."


class EventBegunError(ConflictError):
    code = "event_begun"
    detail = "The event has begun."


class EventHasBookingsError(ConflictError):
    code = "event_has_bookings"
    detail = "Somebody has booked a seat of it; cancel the event instead, and everybody is paid back."
    constraint = "fk_bookings_event_id"


class EventTooLongError(InvalidError):
    code = "event_too_long"
    detail = f"An event lasts at most {LONGEST_EVENT_DAYS} days."
