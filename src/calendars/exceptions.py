from src.core.errors import ConflictError, InvalidError, NotFoundError


class SlotTakenError(ConflictError):
    code = "slot_taken"
    detail = "Somebody else has taken this time."
    constraint = "ex_occupancies_resource_time"


class CalendarFeedNotFoundError(NotFoundError):
    code = "calendar_feed_not_found"
    detail = "There is no such calendar, or its address was replaced."


class CalendarImportNotFoundError(NotFoundError):
    code = "calendar_import_not_found"
    detail = "There is no such imported calendar."


class CalendarAddressRefusedError(InvalidError):
    code = "calendar_address_refused"
    detail = "A calendar's address starts with https, http or webcal, and leads to a public server."


class CalendarImportedAlreadyError(ConflictError):
    code = "calendar_imported_already"
    detail = "This calendar is imported for this room already."
    constraint = "uq_calendar_imports_resource_id_address_hash"


class TooManyCalendarImportsError(ConflictError):
    code = "too_many_calendar_imports"
    detail = "A room can have at most ten imported calendars."
