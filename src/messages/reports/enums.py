from enum import StrEnum


class ReportReason(StrEnum):
    SPAM = "spam"
    HARASSMENT = "harassment"
    FRAUD = "fraud"
    OTHER = "other"


class ReportStatus(StrEnum):
    OPEN = "open"
    UPHELD = "upheld"  # something was done about it
    DISMISSED = "dismissed"
