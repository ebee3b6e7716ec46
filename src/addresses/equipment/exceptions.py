from src.core.errors import InvalidError, NotFoundError


class EquipmentNotFoundError(NotFoundError):
    code = "equipment_not_found"
    detail = "The studio has no such piece of equipment."


class UnknownEquipmentTypeError(InvalidError):
    code = "unknown_equipment_type"
    detail = "There is no such type; look it up with GET /equipment-types."
    constraint = "fk_address_equipment_type_slug"


class EquipmentPriceError(InvalidError):
    """Held by the database: an item can't be half of both."""

    code = "equipment_price"
    detail = "What is included has no price; what is not needs `price_amount` and `price_unit`."
    constraint = "ck_address_equipment_price"


class UnknownEquipmentError(InvalidError):
    """A booking names what can't be rented there."""

    code = "unknown_equipment"
    detail = "The studio does not rent out this piece of equipment."
