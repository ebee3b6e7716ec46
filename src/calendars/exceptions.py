from src.core.errors import ConflictError


class SlotTakenError(ConflictError):
    code = "slot_taken"
    detail = "Somebody else has taken this time."
    constraint = "ex_occupancies_resource_time"
