from src.core.errors import ConflictError, InvalidError, NotFoundError
from src.rooms.models import LONGEST_BLOCK_DAYS, MOST_PHOTOS


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


class PhotoNotFoundError(NotFoundError):
    code = "photo_not_found"
    detail = "The room has no such photo."


class TooManyPhotosError(ConflictError):
    code = "too_many_photos"
    detail = f"A room has at most {MOST_PHOTOS} photos; remove one first."


class PhotoOrderError(InvalidError):
    code = "photo_order_incomplete"
    detail = "The order has to name each photo of the room once, and no other."


class UnknownPartError(InvalidError):
    code = "unknown_part"
    detail = "A part has to be another room of the same studio."


class PartsCycleError(ConflictError):
    code = "parts_cycle"
    detail = "A room can't be made of itself, nor of one that it is a part of."


class PartsTooDeepError(ConflictError):
    code = "parts_too_deep"
    detail = "A whole may have parts, and these may have parts; no more."


class RoomInUseError(ConflictError):
    code = "room_in_use"
    detail = "The room has time taken that is not over, and it did not take the new part; cancel it first, or wait."


class BlockNotFoundError(NotFoundError):
    code = "block_not_found"
    detail = "The room has no such block."


class BlockTooLongError(InvalidError):
    code = "block_too_long"
    detail = f"A block lasts at most {LONGEST_BLOCK_DAYS} days."


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
