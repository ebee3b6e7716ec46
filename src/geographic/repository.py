from collections.abc import Sequence

from sqlalchemy import Subquery, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from src.geographic.models import City, CityName, Country

WHOLE_NAME = 0


async def list_countries(session: AsyncSession) -> Sequence[Country]:
    return (await session.scalars(select(Country).order_by(Country.name))).all()


async def find_country(session: AsyncSession, code: str) -> Country | None:
    return await session.get(Country, code.upper())


async def find_city(session: AsyncSession, city_id: int) -> City | None:
    return await session.get(City, city_id)


async def search_cities(
    session: AsyncSession, *, key: str, country: str | None, limit: int
) -> Sequence[City]:
    """Cities whose name starts with the search key: whole names first, then the most populous.

    A name in another language counts a quarter of the people: "colog" is Köln before Cologno, but a rare name of a
    metropolis does not push a city aside that is really called so.
    """
    cities = select(City).order_by(City.population.desc(), City.id).limit(limit)
    if country is not None:
        cities = cities.where(City.country_code == country)
    if key:
        match = _matches(key)
        cities = cities.join(match, match.c.city_id == City.id).order_by(None)
        weight = City.population / func.greatest(match.c.rank * match.c.rank, 1)
        cities = cities.order_by((match.c.rank != WHOLE_NAME), weight.desc(), City.id)
    return (await session.scalars(cities)).all()


def _matches(key: str) -> Subquery:
    rank = case((CityName.key == key, WHOLE_NAME), else_=CityName.rank)
    prefix = CityName.key.startswith(key, autoescape=True)
    return (
        select(CityName.city_id, func.min(rank).label("rank"))
        .where(prefix)
        .group_by(CityName.city_id)
        .subquery("match")
    )
