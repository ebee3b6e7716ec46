from enum import StrEnum


class ResourceKind(StrEnum):
    ROOM = "room"
    MEMBER = "member"
    EQUIPMENT = "equipment"
    TOUR_DESK = "tour_desk"


class OccupancyKind(StrEnum):
    BOOKING = "booking"
    EVENT = "event"
    BLOCK = "block"
    CLOSURE = "closure"
    TOUR = "tour"
    IMPORTED = "imported"


class FeedKind(StrEnum):
    """Whose time a private feed shows."""

    ROOM = "room"
    MEMBER = "member"
    CUSTOMER = "customer"
    DESK = "desk"  # a studio's visits


class ImportProblem(StrEnum):
    """Why the last look at an imported calendar brought nothing."""

    ADDRESS_REFUSED = "address_refused"
    UNREACHABLE = "unreachable"
    HTTP_ERROR = "http_error"
    TOO_LARGE = "too_large"
    NOT_A_CALENDAR = "not_a_calendar"
    TOO_COMPLEX = "too_complex"
    TOO_MANY_EVENTS = "too_many_events"
