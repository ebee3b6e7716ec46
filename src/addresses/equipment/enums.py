from enum import StrEnum


class PriceUnit(StrEnum):
    PER_HOUR = "per_hour"
    PER_BOOKING = "per_booking"


class EquipmentStatus(StrEnum):
    ACTIVE = "active"
    RETIRED = "retired"
