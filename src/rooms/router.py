from http import HTTPStatus
from typing import Annotated

from fastapi import Query, Response

from src.addresses.exceptions import AddressNotFoundError, LocalTimeSkippedError
from src.core.clock import utc_now
from src.core.database import DatabaseDep, FastReadDep, SessionDep
from src.core.errors import UnauthorizedError, ValidationFailedError, errors
from src.core.http import JsonResponse, domain_router
from src.core.idempotency import IDEMPOTENCY_ERRORS, Idempotent
from src.core.identity import OptionalPrincipalDep, PrincipalDep
from src.core.schemas import PathId
from src.rooms import alternatives, management, parts, service
from src.rooms.availability_schemas import (
    AlternativesFilter,
    AlternativesRead,
    AvailabilityFilter,
    AvailabilityRead,
)
from src.rooms.exceptions import (
    PartsCycleError,
    PartsTooDeepError,
    PeriodTooLongError,
    RoomInUseError,
    RoomNotFoundError,
    UnknownPartError,
)
from src.rooms.price_schemas import PriceRulesUpdate, PricesUpdate
from src.rooms.schemas import (
    PartsUpdate,
    RoomCreate,
    RoomRead,
    RoomUpdate,
)
from src.teams.exceptions import PermissionMissingError

router = domain_router(tags=["rooms"], prefix="/rooms")


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    response_model=RoomRead,
    operation_id="create_room",
    dependencies=[Idempotent],
    responses=errors(
        UnauthorizedError,
        PermissionMissingError,
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
    document = await management.create_room(session, principal=principal, body=body)
    return JsonResponse(document, status_code=HTTPStatus.CREATED)


@router.get(
    "/{room_id}",
    response_model=RoomRead,
    operation_id="get_room",
    responses=errors(RoomNotFoundError, ValidationFailedError),
)
async def get_room(room_id: PathId, database: DatabaseDep, principal: OptionalPrincipalDep) -> Response:
    """One room with its prices and photos. Public once its studio is published, before that for its company only."""
    return JsonResponse(await service.get_room(database, principal=principal, room_id=room_id))


@router.patch(
    "/{room_id}",
    response_model=RoomRead,
    operation_id="update_room",
    responses=errors(UnauthorizedError, PermissionMissingError, RoomNotFoundError, ValidationFailedError),
)
async def update_room(
    room_id: PathId, body: RoomUpdate, session: SessionDep, principal: PrincipalDep
) -> Response:
    """Changes what the body names. `{"status": "inactive"}` takes the room off the market."""
    return JsonResponse(
        await management.update_room(session, principal=principal, room_id=room_id, body=body)
    )


@router.delete(
    "/{room_id}",
    status_code=HTTPStatus.NO_CONTENT,
    operation_id="delete_room",
    responses=errors(UnauthorizedError, PermissionMissingError, RoomNotFoundError, ValidationFailedError),
)
async def delete_room(room_id: PathId, session: SessionDep, principal: PrincipalDep) -> None:
    """Takes the room off the market: nobody can find or book it any more. Bookings that exist stay as they are.

    You still see it, as `inactive`, and may make it `active` again.
    """
    await management.deactivate_room(session, principal=principal, room_id=room_id)


@router.put(
    "/{room_id}/prices",
    response_model=RoomRead,
    operation_id="replace_room_prices",
    responses=errors(UnauthorizedError, PermissionMissingError, RoomNotFoundError, ValidationFailedError),
)
async def replace_room_prices(
    room_id: PathId, body: PricesUpdate, session: SessionDep, principal: PrincipalDep
) -> Response:
    """Replaces the price tiers, in minor units of the company's currency.

    A booking costs the cheapest set of tiers that covers it: with 1 h at 5000 and 4 h at 16000, three hours cost
    15000 and four 16000. Bookings made before keep their price.
    """
    return JsonResponse(
        await management.replace_prices(session, principal=principal, room_id=room_id, body=body)
    )


@router.put(
    "/{room_id}/price-rules",
    response_model=RoomRead,
    operation_id="replace_room_price_rules",
    responses=errors(UnauthorizedError, PermissionMissingError, RoomNotFoundError, ValidationFailedError),
)
async def replace_room_price_rules(
    room_id: PathId, body: PriceRulesUpdate, session: SessionDep, principal: PrincipalDep
) -> Response:
    """Replaces the rules for peak and off-peak hours, in percent of the price by the tiers.

    Each minute of a booking bears an equal share of its price, times the percent of the first rule that applies to
    it, or 100: two hours for 10000, one of them at 150, cost 12500. A booking never costs less than a shorter one
    that starts at the same time. Bookings made before keep their price.
    """
    return JsonResponse(
        await management.replace_price_rules(session, principal=principal, room_id=room_id, body=body)
    )


@router.put(
    "/{room_id}/parts",
    response_model=RoomRead,
    operation_id="replace_room_parts",
    responses=errors(
        UnauthorizedError,
        PermissionMissingError,
        RoomNotFoundError,
        UnknownPartError,
        PartsCycleError,
        PartsTooDeepError,
        RoomInUseError,
        ValidationFailedError,
    ),
)
async def replace_room_parts(
    room_id: PathId, body: PartsUpdate, session: SessionDep, principal: PrincipalDep
) -> Response:
    """Says which rooms this one is made of: whoever takes the whole takes each part, and the other way round.

    Parts may have parts themselves, no deeper. Bookings keep what they took; so parts are added only while the room
    has no bookings, holds or blocks to come (409 `room_in_use`), and removed at any time.
    """
    return JsonResponse(await parts.replace_parts(session, principal=principal, room_id=room_id, body=body))


@router.get(
    "/{room_id}/availability",
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
    "/{room_id}/availability/alternatives",
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
