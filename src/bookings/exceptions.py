from datetime import datetime
from http import HTTPStatus

from src.core.errors import BusyError, ConflictError, InvalidError, NotFoundError
from src.core.limits import TooManyRequestsError


class BookingNotFoundError(NotFoundError):
    code = "booking_not_found"
    detail = "There is no such booking, or it isn't yours."


class IllegalMoveError(ConflictError):
    code = "illegal_move"
    detail = "The booking's status does not allow this."


class BookingChangedError(ConflictError):
    code = "booking_changed"
    detail = "The booking is no longer the one you saw; look at it again and decide anew."


class OfferChangedError(BusyError):
    code = "offer_changed"
    detail = "The studio has changed this room at this very moment; look at the price again and repeat."


class TooManyRowsError(InvalidError):
    code = "too_many_rows"
    detail = "These are more than `most_rows` bookings; narrow the filter, month by month for example."


class FiguresPeriodError(InvalidError):
    code = "period_too_long"
    detail = "`to` has to be after `from`, by at most 371 days."


class TooManyHoldsError(ConflictError):
    code = "too_many_holds"
    detail = "You hold as much unpaid time as one may; pay for some of it or cancel it."


class CoolDownError(TooManyRequestsError):
    code = "cool_down"
    detail = "You have let several holds of this room end unpaid; wait as long as Retry-After says."
    status = HTTPStatus.TOO_MANY_REQUESTS


class TooEarlyError(ConflictError):
    code = "too_early"
    detail = "This can be said of a booking only once its time has come."

    @classmethod
    def until(cls, instant: datetime) -> "TooEarlyError":
        return cls(not_before=instant.isoformat())


class TooLateError(ConflictError):
    code = "too_late"
    detail = "The time to do this is over."


class OtherStudioError(InvalidError):
    code = "other_studio"
    detail = "A booking can only be moved within its studio."


class NothingChangesError(InvalidError):
    code = "nothing_changes"
    detail = "That is where the booking is already."


class NoProposalError(ConflictError):
    code = "no_proposal"
    detail = "No other time is proposed for this booking, or it is too late to answer."


class ProposalOpenError(ConflictError):
    code = "proposal_open"
    detail = "Another time is proposed for this booking already; answer or withdraw that first."
    constraint = "uq_booking_proposals_open"


class CustomerNotFoundError(NotFoundError):
    code = "customer_not_found"
    detail = "Nobody with this id has ever booked with you."


class NotMovableError(ConflictError):
    code = "not_movable"
    detail = (
        "Seats move only when their event does. For another event cancel these seats and book others there."
    )
