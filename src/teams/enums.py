from enum import StrEnum


class TeamRole(StrEnum):
    MANAGER = "manager"
    STAFF = "staff"
    PROFESSIONAL = "professional"
