from collections.abc import Sequence

from sqlalchemy import Subquery, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from src.geographic.models import City, CityName, Country


async def list_countries(session: AsyncSession) -> Sequence[Country]:
    return (await session.scalars(select(Country).order_by(Country.name))).all()


async def find_country(session: AsyncSession, code: str) -> Country | None:
    return await session.get(Country, code.upper())


async def find_city(session: AsyncSession, city_id: int) -> City | None:
    return await session.get(City, city_id)


async def search_cities(
    session: AsyncSession, *, key: str, country: str | None, limit: int
) -> Sequence[City]:
    """Cities whose name starts with the search key: whole names first, then own names, then the largest."""
    cities = select(City).order_by(City.population.desc(), City.id).limit(limit)
    if country is not None:
        cities = cities.where(City.country_code == country)
    if key:
        match = _matches(key)
        cities = cities.join(match, match.c.city_id == City.id).order_by(None)
        cities = cities.order_by(match.c.rank, City.population.desc(), City.id)
    return (await session.scalars(cities)).all()


def _matches(key: str) -> Subquery:
    rank = case((CityName.key == key, 0), else_=CityName.rank)
    prefix = CityName.key.startswith(key, autoescape=True)
    return (
        select(CityName.city_id, func.min(rank).label("rank"))
        .where(prefix)
        .group_by(CityName.city_id)
        .subquery("match")
    )
