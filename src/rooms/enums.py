from enum import StrEnum


class RoomStatus(StrEnum):
    ACTIVE = "active"
    INACTIVE = "inactive"
