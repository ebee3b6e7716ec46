from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from src.geographic import repository
from src.geographic.exceptions import CityNotFoundError, CountryNotFoundError, UnknownCityError
from src.geographic.models import City, Country
from src.geographic.schemas import CityFilter, CityRead
from src.geographic.search_key import search_key


async def list_countries(session: AsyncSession) -> Sequence[Country]:
    return await repository.list_countries(session)


async def get_country(session: AsyncSession, *, code: str) -> Country:
    """Raises `CountryNotFoundError`."""
    country = await repository.find_country(session, code)
    if country is None:
        raise CountryNotFoundError
    return country


async def get_city(session: AsyncSession, *, city_id: int) -> City:
    """Raises `CityNotFoundError`."""
    city = await repository.find_city(session, city_id)
    if city is None:
        raise CityNotFoundError
    return city


async def require_city(session: AsyncSession, *, city_id: int) -> City:
    """The city that a body names. Raises `UnknownCityError`, which is the body's fault and not the address's."""
    city = await repository.find_city(session, city_id)
    if city is None:
        raise UnknownCityError
    return city


async def search_cities(session: AsyncSession, *, wanted: CityFilter) -> Sequence[CityRead]:
    key = search_key(wanted.q)
    if wanted.q.strip() and not key:
        return []
    if wanted.position is None:
        cities = await repository.search_cities(session, key=key, country=wanted.country, limit=wanted.limit)
        return [CityRead.model_validate(city) for city in cities]
    nearest = await repository.nearest_cities(
        session, near=wanted.position, key=key, country=wanted.country, limit=wanted.limit
    )
    return [_at_distance(city, distance_km) for city, distance_km in nearest]


def _at_distance(city: City, distance_km: float) -> CityRead:
    read = CityRead.model_validate(city)
    read.distance_km = round(distance_km, 1)
    return read
