from http import HTTPStatus

from src.core.errors import ForbiddenError, ProblemError


class StreamTicketRefusedError(ForbiddenError):
    code = "stream_ticket_refused"
    detail = "This ticket has expired, or its session has ended; ask for a new one."


class TooManyStreamsError(ProblemError):
    status = HTTPStatus.TOO_MANY_REQUESTS
    code = "too_many_streams"
    detail = "You have too many open streams; close one."
