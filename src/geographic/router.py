from collections.abc import Sequence
from typing import Annotated

from fastapi import Path, Query

from src.core.database import ReadSessionDep
from src.core.errors import ValidationFailedError, errors
from src.core.http import domain_router
from src.core.schemas import PathId
from src.geographic import service
from src.geographic.exceptions import CityNotFoundError, CountryNotFoundError
from src.geographic.models import City, Country
from src.geographic.schemas import CityFilter, CityRead, CountryRead

router = domain_router(tags=["geographic"])


@router.get("/countries", response_model=list[CountryRead], operation_id="list_countries")
async def list_countries(session: ReadSessionDep) -> Sequence[Country]:
    """Every country, by name, with its currency and calling code. About 250; fetch once and keep."""
    return await service.list_countries(session)


@router.get(
    "/countries/{code}",
    response_model=CountryRead,
    operation_id="get_country",
    responses=errors(CountryNotFoundError, ValidationFailedError),
)
async def get_country(
    code: Annotated[str, Path(pattern="^[A-Za-z]{2}$", examples=["BR"])], session: ReadSessionDep
) -> Country:
    """One country by its ISO 3166-1 alpha-2 code, in upper or lower case."""
    return await service.get_country(session, code=code)


@router.get(
    "/cities",
    response_model=list[CityRead],
    operation_id="search_cities",
    responses=errors(ValidationFailedError),
)
async def search_cities(
    wanted: Annotated[CityFilter, Query()], session: ReadSessionDep
) -> Sequence[CityRead]:
    """Finds cities while somebody types, without accents: `?q=sao` finds São Paulo, `?q=colog` finds Köln.

    Every city over 15,000 people. Whole names come first, then the most populous; with `?near=51.51,-0.14` the
    nearest, each with `distance_km`, also without `q`. Data: GeoNames, CC BY 4.0.
    """
    return await service.search_cities(session, wanted=wanted)


@router.get(
    "/cities/{city_id}",
    response_model=CityRead,
    operation_id="get_city",
    responses=errors(CityNotFoundError, ValidationFailedError),
)
async def get_city(city_id: PathId, session: ReadSessionDep) -> City:
    """One city with its position and IANA time zone."""
    return await service.get_city(session, city_id=city_id)
