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
