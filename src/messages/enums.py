from enum import StrEnum


class Side(StrEnum):
    """Who speaks in a conversation: the customer, or any of the people who answer for the studio."""

    CUSTOMER = "customer"
    STUDIO = "studio"

    @property
    def other(self) -> "Side":
        return Side.STUDIO if self is Side.CUSTOMER else Side.CUSTOMER


class AttachmentKind(StrEnum):
    IMAGE = "image"
    PDF = "pdf"
