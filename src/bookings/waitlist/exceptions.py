from src.core.errors import ConflictError, NotFoundError


class StillFreeError(ConflictError):
    code = "still_free"
    detail = "What you want can be had: book it."


class AlreadyWaitingError(ConflictError):
    code = "already_waiting"
    detail = "You are on the waiting list for this already."
    constraint = "uq_waitlist_entries_waiting"


class TooManyWaitsError(ConflictError):
    code = "too_many_waits"
    detail = "You are on as many waiting lists as one may be; leave one first."


class EntryNotFoundError(NotFoundError):
    code = "waitlist_entry_not_found"
    detail = "There is no such entry of yours on a waiting list."
