from enum import StrEnum


class Side(StrEnum):
    """Of an agreement."""

    STUDIO = "studio"
    CUSTOMER = "customer"
