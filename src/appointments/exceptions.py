from src.core.errors import ConflictError, InvalidError, NotFoundError


class AppointmentNotFoundError(NotFoundError):
    code = "appointment_not_found"
    detail = "There is no such appointment, or it isn't yours."


class VisitsNotOfferedError(ConflictError):
    code = "visits_not_offered"
    detail = "This studio receives no visitors at the moment."


class NotAVisitingTimeError(InvalidError):
    code = "not_a_visiting_time"
    detail = (
        "Nobody can visit at this time, `reason` says why; GET /addresses/{id}/visiting-times has the others."
    )


class VisitingPeriodError(InvalidError):
    code = "period_too_long"
    detail = "`to` has to be after `from`, by at most 31 days."


class TooManyVisitsError(ConflictError):
    code = "too_many_visits"
    detail = "You have as many visits of this studio before you as one may; cancel one of them first."


class IllegalAppointmentMoveError(ConflictError):
    code = "illegal_move"
    detail = "The appointment's status does not allow this."


class AppointmentChangedError(ConflictError):
    code = "appointment_changed"
    detail = "The appointment is no longer the one you saw; look at it again and decide anew."


class VisitTooEarlyError(ConflictError):
    code = "too_early"
    detail = "This can be said of a visit only once its time has come."


class VisitTooLateError(ConflictError):
    code = "too_late"
    detail = "The time to do this is over."
