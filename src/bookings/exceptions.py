from src.core.errors import ConflictError, NotFoundError


class BookingNotFoundError(NotFoundError):
    code = "booking_not_found"
    detail = "There is no such booking, or it isn't yours."


class IllegalMoveError(ConflictError):
    code = "illegal_move"
    detail = "The booking's status does not allow this."
