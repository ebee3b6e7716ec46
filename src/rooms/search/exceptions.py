from src.core.errors import InvalidError


class OffsetNeededError(InvalidError):
    code = "offset_needed"
    detail = "`free_from` and `free_to` need an offset unless `city_id` says whose local time is meant."


SEARCH_ERRORS = (OffsetNeededError,)
