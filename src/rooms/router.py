from http import HTTPStatus
from typing import Annotated

from fastapi import Query, Response

from src.addresses.exceptions import AddressNotFoundError
from src.companies.exceptions import NotCompanyAdminError
from src.core.clock import utc_now
from src.core.database import DatabaseDep, FastReadDep, SessionDep
from src.core.errors import UnauthorizedError, ValidationFailedError, errors
from src.core.http import JsonResponse, domain_router
from src.core.idempotency import IDEMPOTENCY_ERRORS, Idempotent
from src.core.identity import OptionalPrincipalDep, PrincipalDep
from src.core.pagination import Page
from src.core.schemas import PathId
from src.rooms import service
from src.rooms.exceptions import PeriodTooLongError, RoomNotFoundError
from src.rooms.schemas import (
    AvailabilityFilter,
    AvailabilityRead,
    PricesUpdate,
    RoomCreate,
    RoomFilter,
    RoomRead,
    RoomUpdate,
)

router = domain_router(tags=["rooms"], prefix="/rooms")


@router.get(
    "",
    response_model=Page[RoomRead],
    operation_id="list_rooms",
    responses=errors(ValidationFailedError),
)
async def list_rooms(wanted: Annotated[RoomFilter, Query()], connection: FastReadDep) -> Response:
    """Rooms of published studios, of one studio (`?address_id=12`) or of one city (`?city_id=2643743`)."""
    return JsonResponse(await service.list_rooms(connection, wanted=wanted))


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    response_model=RoomRead,
    operation_id="create_room",
    dependencies=[Idempotent],
    responses=errors(
        UnauthorizedError,
        NotCompanyAdminError,
        AddressNotFoundError,
        ValidationFailedError,
        *IDEMPOTENCY_ERRORS,
    ),
)
async def create_room(body: RoomCreate, session: SessionDep, principal: PrincipalDep) -> Response:
    """Adds a room to one of your studios. It can be booked once it has prices and the studio is published.

    All lengths are minutes. Bookings start on the grid of `slot_minutes` of the studio's clock and last
    `min_minutes` to `max_minutes`, in whole slots. Buffers keep the room taken before and after.
    """
    document = await service.create_room(session, principal=principal, body=body)
    return JsonResponse(document, status_code=HTTPStatus.CREATED)


@router.get(
    "/{room_id}",
    response_model=RoomRead,
    operation_id="get_room",
    responses=errors(RoomNotFoundError, ValidationFailedError),
)
async def get_room(room_id: PathId, database: DatabaseDep, principal: OptionalPrincipalDep) -> Response:
    """One room with its price tiers. Public once its studio is published; before that for its company only."""
    return JsonResponse(await service.get_room(database, principal=principal, room_id=room_id))


@router.patch(
    "/{room_id}",
    response_model=RoomRead,
    operation_id="update_room",
    responses=errors(UnauthorizedError, NotCompanyAdminError, RoomNotFoundError, ValidationFailedError),
)
async def update_room(
    room_id: PathId, body: RoomUpdate, session: SessionDep, principal: PrincipalDep
) -> Response:
    """Changes what the body names. `{"status": "inactive"}` takes the room off the market."""
    return JsonResponse(await service.update_room(session, principal=principal, room_id=room_id, body=body))


@router.put(
    "/{room_id}/prices",
    response_model=RoomRead,
    operation_id="replace_room_prices",
    responses=errors(UnauthorizedError, NotCompanyAdminError, RoomNotFoundError, ValidationFailedError),
)
async def replace_room_prices(
    room_id: PathId, body: PricesUpdate, session: SessionDep, principal: PrincipalDep
) -> Response:
    """Replaces the price tiers, in minor units of the company's currency.

    A booking costs the cheapest set of tiers that covers it: with 1 h at 5000 and 4 h at 16000, three hours cost
    15000 and four 16000. Bookings made before keep their price.
    """
    return JsonResponse(
        await service.replace_prices(session, principal=principal, room_id=room_id, body=body)
    )


@router.get(
    "/{room_id}/availability",
    response_model=AvailabilityRead,
    operation_id="get_room_availability",
    responses=errors(RoomNotFoundError, PeriodTooLongError, ValidationFailedError),
)
async def get_room_availability(
    room_id: PathId, wanted: Annotated[AvailabilityFilter, Query()], connection: FastReadDep
) -> Response:
    """When the room is free on the local days from `from` to the day before `to`, at most 62.

    `free` are the spans in which a booking can lie, `starts` the times at which one of `duration` minutes can
    start: `?from=2027-03-01&to=2027-03-08&duration=120`. Holds that have expired count as free.
    There are no `starts` for a duration that the room is not let for.
    """
    document = await service.get_availability(connection, room_id=room_id, wanted=wanted, now=utc_now())
    return JsonResponse(document)
