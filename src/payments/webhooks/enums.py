from enum import StrEnum


class NoticeStatus(StrEnum):
    RECEIVED = "received"
    DONE = "done"
    IGNORED = "ignored"  # of a kind that we do nothing about
    UNKNOWN = "unknown"  # about something that should be ours and isn't known: for a person
