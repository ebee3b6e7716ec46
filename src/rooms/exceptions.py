from src.core.errors import InvalidError, NotFoundError


class RoomNotFoundError(NotFoundError):
    code = "room_not_found"
    detail = "There is no such room, or its studio is not published."


class RoomNotPricedError(InvalidError):
    code = "room_not_priced"
    detail = "The room has no price yet."


class EndsBeforeStartError(InvalidError):
    code = "ends_before_start"
    detail = "`ends_at` has to be after `starts_at`."


class OffSlotGridError(InvalidError):
    code = "off_slot_grid"
    detail = "Start and length have to fit the room's slots; `slot_minutes` says how long one is."


class TooShortError(InvalidError):
    code = "too_short"
    detail = "The room is let for at least `min_minutes`."


class TooLongError(InvalidError):
    code = "too_long"
    detail = "The room is let for at most `max_minutes`."


class InThePastError(InvalidError):
    code = "in_the_past"
    detail = "This time has passed."


class TooLittleNoticeError(InvalidError):
    code = "too_little_notice"
    detail = "The room has to be booked at least `notice_minutes` ahead."


class BeyondHorizonError(InvalidError):
    code = "beyond_horizon"
    detail = "The room can be booked at most `horizon_days` ahead."


class OutsideOpeningHoursError(InvalidError):
    code = "outside_opening_hours"
    detail = "The studio is not open for the whole of this time."


class PeriodTooLongError(InvalidError):
    code = "period_too_long"
    detail = "`to` has to be after `from`, by at most 62 days."


RULE_ERRORS = (
    EndsBeforeStartError,
    OffSlotGridError,
    TooShortError,
    TooLongError,
    InThePastError,
    TooLittleNoticeError,
    BeyondHorizonError,
    OutsideOpeningHoursError,
)
