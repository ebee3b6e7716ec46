from src.core.errors import InvalidError, NotFoundError


class CountryNotFoundError(NotFoundError):
    code = "country_not_found"
    detail = "There is no such country."


class CityNotFoundError(NotFoundError):
    code = "city_not_found"
    detail = "There is no such city."


class UnknownCityError(InvalidError):
    """A body names a city that does not exist."""

    code = "unknown_city"
    detail = "`city_id` names no city; look it up with GET /cities."
