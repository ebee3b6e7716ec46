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


class OverlappingHoursError(InvalidError):
    code = "overlapping_hours"
    detail = "Two spans of opening hours overlap."


class LocalTimeSkippedError(InvalidError):
    code = "local_time_skipped"
    detail = "This local time does not exist at the studio: the clocks go forward over it."
