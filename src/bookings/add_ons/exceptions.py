from src.addresses.equipment.exceptions import UnknownEquipmentError
from src.core.errors import ConflictError, InvalidError
from src.teams.exceptions import ProfessionalNotFoundError, ServiceNotFoundError


class AddOnTakenError(ConflictError):
    """`add_ons` in the document says which: `[{"equipment_id": 4}, {"member_id": 9}]`. The room itself is free."""

    code = "add_on_taken"
    detail = "Something that was to come with the room is taken at this time."


class ProfessionalNotWorkingError(InvalidError):
    code = "professional_not_working"
    detail = "The professional does not work for the whole of this time."


ADD_ON_ERRORS = (
    UnknownEquipmentError,
    ProfessionalNotFoundError,
    ServiceNotFoundError,
    ProfessionalNotWorkingError,
)
