from collections.abc import Sequence
from math import cos, radians

from sqlalchemy import ColumnElement, Row, Subquery, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from src.geographic.distance import EARTH_RADIUS_KM
from src.geographic.models import City, CityName, Country

WHOLE_NAME = 0

BAND_KM = 150
KM_OF_A_DEGREE = 111.0  # of latitude, rounded down: the band is rather too wide


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


async def nearest_cities(
    session: AsyncSession, *, near: tuple[float, float], key: str, country: str | None, limit: int
) -> Sequence[Row[City, float]]:
    """Those whose name starts with the search key, the nearest first, each with its distance in kilometres.

    Looks in a band of latitudes first: what is as near as its half-width lies in it, and the rest is seldom needed.
    """
    latitude, longitude = near
    distance = _distance_km(latitude, longitude).label("distance_km")
    cities = select(City, distance).order_by(distance, City.id).limit(limit)
    if country is not None:
        cities = cities.where(City.country_code == country)
    if key:
        match = _matches(key)
        cities = cities.join(match, match.c.city_id == City.id)
    degrees = BAND_KM / KM_OF_A_DEGREE
    in_band = cities.where(City.latitude.between(latitude - degrees, latitude + degrees))
    found = (await session.execute(in_band)).all()
    if len(found) == limit and found[-1].distance_km <= BAND_KM:
        return found
    return (await session.execute(cities)).all()


def _distance_km(latitude: float, longitude: float) -> ColumnElement[float]:
    """As `distance.distance_km`, right over the date line and the poles too."""
    across = func.sin(func.radians(City.longitude - longitude) / 2)
    up = func.sin(func.radians(City.latitude - latitude) / 2)
    cosines = func.cos(func.radians(City.latitude)) * cos(radians(latitude))
    chord = func.sqrt(up * up + cosines * across * across)
    return 2 * EARTH_RADIUS_KM * func.asin(func.least(1.0, chord))


def _matches(key: str) -> Subquery:
    rank = case((CityName.key == key, WHOLE_NAME), else_=CityName.rank)
    prefix = CityName.key.startswith(key, autoescape=True)
    return (
        select(CityName.city_id, func.min(rank).label("rank"))
        .where(prefix)
        .group_by(CityName.city_id)
        .subquery("match")
    )
