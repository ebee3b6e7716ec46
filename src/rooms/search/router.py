from typing import Annotated

from fastapi import Query, Response

from src.addresses.exceptions import LocalTimeSkippedError
from src.core.clock import utc_now
from src.core.database import DatabaseDep
from src.core.errors import ValidationFailedError, errors
from src.core.http import JsonResponse, domain_router
from src.geographic.exceptions import UnknownCityError
from src.rooms.search import service
from src.rooms.search.exceptions import OffsetNeededError
from src.rooms.search.filters import RoomFilter, SearchFilter, StudioFilter
from src.rooms.search.schemas import RoomsFound, SearchResult, StudiosFound

router = domain_router(tags=["search"])

_ERRORS = errors(ValidationFailedError, OffsetNeededError, UnknownCityError, LocalTimeSkippedError)


@router.get("/search", response_model=SearchResult, operation_id="search", responses=_ERRORS)
async def search(wanted: Annotated[SearchFilter, Query()], database: DatabaseDep) -> Response:
    """Published studios with their rooms that match, and how many rooms there are of each kind (`facets`).

    `?city_id=2643743&free_from=2027-03-01T18:00&free_to=2027-03-01T20:00&sort=price` finds rooms that can be booked
    for exactly that time, the cheapest hour first: open then, not taken, and within the room's own rules. With
    `duration` it is enough that a booking of so many minutes fits in between.

    * **Where**: `city_id`, `near` with `radius_km`, or `bbox`; together they narrow each other down.
    * **Text**: every word of `q` has to be in the names of room, studio or city; accents and typos don't matter.
      `sort=relevance` puts names before cities. Of words that more than 2,000 rooms share it compares only 2,000 of
      these, any: such words tell rooms apart too little, so add another word, or `city_id`.
    * **Totals** count studios of the first 1,000 matching rooms, with `free_from` of the first 200; `total_is_capped`
      says that there are more. Pages end there too, and facets count those rooms.
    * **Prices** are the cheapest hour, in minor units; `min_price` and `max_price` need a `currency`.
    """
    return JsonResponse(await service.search(database, wanted=wanted, now=utc_now()))


@router.get("/rooms", response_model=RoomsFound, operation_id="list_rooms", responses=_ERRORS)
async def list_rooms(wanted: Annotated[RoomFilter, Query()], database: DatabaseDep) -> Response:
    """Rooms of published studios, a row per room: of one studio (`?address_id=12`), or whatever `GET /search` finds.

    The filters are those of `GET /search`, and so is what `sort=relevance` compares. The cover of a room is the first
    of its `photos`. `total` is exact up to 1,000, with `free_from` up to 200; with
    `total_is_capped` there are more, which no page shows: narrow the search.
    """
    return JsonResponse(await service.list_rooms(database, wanted=wanted, now=utc_now()))


@router.get(
    "/addresses",
    response_model=StudiosFound,
    operation_id="list_addresses",
    responses=errors(ValidationFailedError),
)
async def list_addresses(wanted: Annotated[StudioFilter, Query()], database: DatabaseDep) -> Response:
    """Published studios by text, place, equipment and badges: `?near=51.51,-0.13&radius_km=3&equipment=grand-piano`.

    What depends on rooms (price, capacity, free time) is asked with `GET /search`. `sort=relevance` compares at most
    2,000 of the studios that have all words of `q`. `total` is exact up to 1,000; with
    `total_is_capped` there are more, which no page shows.
    """
    return JsonResponse(await service.list_studios(database, wanted=wanted))
