"""What can come with a room, and what a professional has to do."""

from typing import Annotated

from fastapi import Query, Response

from src.addresses.exceptions import LocalTimeSkippedError
from src.bookings import service as bookings
from src.bookings.add_ons import service
from src.bookings.add_ons.schemas import AddOnFilter, AddOnsRead
from src.bookings.schemas import BookingRead
from src.core.database import FastReadDep, ReadSessionDep
from src.core.errors import UnauthorizedError, ValidationFailedError, errors
from src.core.http import JsonResponse, domain_router
from src.core.identity import PrincipalDep
from src.core.pagination import Page, PageDep
from src.core.schemas import PathId
from src.rooms.exceptions import EndsBeforeStartError, RoomNotFoundError

router = domain_router(tags=["bookings"])


@router.get(
    "/rooms/{room_id}/add-ons",
    response_model=AddOnsRead,
    operation_id="list_add_ons",
    responses=errors(RoomNotFoundError, EndsBeforeStartError, LocalTimeSkippedError, ValidationFailedError),
)
async def list_add_ons(
    room_id: PathId, wanted: Annotated[AddOnFilter, Query()], connection: FastReadDep
) -> Response:
    """What can come with the room at a time: equipment and professionals, their prices, and which of them are free.

    Book them with `equipment_ids` and `professional` of POST /bookings.
    """
    return JsonResponse(await service.list_add_ons(connection, room_id=room_id, wanted=wanted))


@router.get(
    "/bookings/assigned",
    response_model=Page[BookingRead],
    operation_id="list_assigned_bookings",
    responses=errors(UnauthorizedError, ValidationFailedError),
)
async def list_assigned_bookings(
    session: ReadSessionDep, principal: PrincipalDep, page: PageDep
) -> Page[BookingRead]:
    """The work of a professional: bookings that you come with and that are not over, the next one first."""
    found, total = await bookings.list_assigned_bookings(session, principal=principal, page=page)
    return Page(items=found, total=total, page=page.page, size=page.size)
