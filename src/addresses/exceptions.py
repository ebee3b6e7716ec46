from src.core.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError


class AddressNotFoundError(NotFoundError):
    code = "address_not_found"
    detail = "There is no such studio, or it is not published."


class AddressIncompleteError(ConflictError):
    code = "address_incomplete"
    detail = "The studio can't be published yet; `missing` says what it lacks."


class AddressSuspendedError(ForbiddenError):
    code = "address_suspended"
    detail = "The platform has suspended this studio; only its staff can put it back."


class SuspensionUnchangedError(ConflictError):
    code = "suspension_unchanged"
    detail = "The studio is suspended already, or isn't suspended at all."


class AddressInUseError(ConflictError):
    code = "address_in_use"
    detail = "The studio can't be closed down yet; `reasons` says why."


class FarFromCityError(InvalidError):
    code = "far_from_city"
    detail = "The position is too far from the city to be in it; `distance_km` says how far."


class OverlappingHoursError(InvalidError):
    code = "overlapping_hours"
    detail = "Two spans of opening hours overlap."


class ContradictoryHoursError(InvalidError):
    code = "contradictory_hours"
    detail = "A day that is closed, or by appointment without times, can't have other hours as well."


class OverlappingSpecialDaysError(InvalidError):
    code = "overlapping_special_days"
    detail = "A date can be in one special day only."
    constraint = "ex_special_days_dates"


class ClosureNotFoundError(NotFoundError):
    code = "closure_not_found"
    detail = "The studio has no such closure."


class ClosureEmptyError(InvalidError):
    code = "closure_empty"
    detail = "A closure has to end after it starts, and not to be over yet."


class LocalTimeSkippedError(InvalidError):
    code = "local_time_skipped"
    detail = "This local time does not exist at the studio: the clocks go forward over it."
