from src.core.errors import ConflictError, InvalidError, NotFoundError


class RuleNotUnderstoodError(InvalidError):
    code = "rrule_not_understood"
    detail = (
        "It has to be like FREQ=WEEKLY;COUNT=10: daily, weekly or monthly, ended by COUNT or a local UNTIL."
    )


class TooManyOccurrencesError(InvalidError):
    code = "too_many_occurrences"
    detail = "A series has at most 52 bookings."


class SeriesNotFreeError(ConflictError):
    """`occurrences` in the document says which of them could be booked and why not. Nothing was."""

    code = "series_not_free"
    detail = "Not all of the series can be booked; `occurrences` says which and why."


class SeriesNotFoundError(NotFoundError):
    code = "series_not_found"
    detail = "There is no such series, or it isn't yours."
