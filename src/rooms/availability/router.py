from typing import Annotated

from fastapi import Query, Response

from src.addresses.exceptions import LocalTimeSkippedError
from src.core.clock import utc_now
from src.core.database import DatabaseDep, FastReadDep
from src.core.errors import ValidationFailedError, errors
from src.core.http import JsonResponse, domain_router
from src.core.schemas import PathId
from src.rooms.availability import alternatives, service
from src.rooms.availability.schemas import (
    AlternativesFilter,
    AlternativesRead,
    AvailabilityFilter,
    AvailabilityRead,
)
from src.rooms.exceptions import PeriodTooLongError, RoomNotFoundError

router = domain_router(tags=["rooms"], prefix="/rooms/{room_id}/availability")


@router.get(
    "",
    response_model=AvailabilityRead,
    operation_id="get_room_availability",
    responses=errors(RoomNotFoundError, PeriodTooLongError, ValidationFailedError),
)
async def get_room_availability(
    room_id: PathId, wanted: Annotated[AvailabilityFilter, Query()], database: DatabaseDep
) -> Response:
    """When the room is free on the local days from `from` to the day before `to`, at most 62.

    `free` are the spans in which a booking can lie, `starts` the times at which one of `duration` minutes can
    start: `?from=2027-03-01&to=2027-03-08&duration=120`. Holds that have expired count as free.
    There are no `starts` for a duration that the room is not let for.

    `explain=true` adds `unavailable`: spans with a reason. The time is `past`, the studio `closed`, somebody has
    `taken` it (a booking, a hold, the owner), it is needed as a `buffer` beside that, lies within the room's
    `notice` or beyond its `horizon`, or is free but `too_short` for `duration`.
    """
    document = await service.get_availability(database, room_id=room_id, wanted=wanted, now=utc_now())
    return JsonResponse(document)


@router.get(
    "/alternatives",
    response_model=AlternativesRead,
    operation_id="list_room_alternatives",
    responses=errors(RoomNotFoundError, LocalTimeSkippedError, ValidationFailedError),
)
async def list_room_alternatives(
    room_id: PathId, wanted: Annotated[AlternativesFilter, Query()], connection: FastReadDep
) -> Response:
    """What to offer when a wish can't be met: `?starts_at=2027-03-01T18:00:00&duration=120`.

    The nearest starts for that `duration` in this room, and other rooms of the studio that are free at the time.
    """
    document = await alternatives.get_alternatives(connection, room_id=room_id, wanted=wanted, now=utc_now())
    return JsonResponse(document)
