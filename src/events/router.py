from http import HTTPStatus
from typing import Annotated

from fastapi import Query

from src.addresses.exceptions import LocalTimeSkippedError
from src.calendars.exceptions import SlotTakenError
from src.companies.exceptions import CompanyClosedError
from src.core.clock import utc_now
from src.core.database import ReadSessionDep, SessionDep
from src.core.errors import UnauthorizedError, ValidationFailedError, errors
from src.core.http import domain_router
from src.core.idempotency import IDEMPOTENCY_ERRORS, Idempotent
from src.core.identity import OptionalPrincipalDep, PrincipalDep
from src.core.pagination import Page
from src.core.schemas import PathId
from src.events import service
from src.events.exceptions import (
    CapacityBelowSoldError,
    EventBegunError,
    EventCancelledError,
    EventHasBookingsError,
    EventNotFoundError,
    EventTooLongError,
)
from src.events.schemas import EventCreate, EventFilter, EventRead, EventUpdate
from src.rooms.exceptions import (
    EndsBeforeStartError,
    InThePastError,
    OutsideOpeningHoursError,
    RoomNotFoundError,
)
from src.teams.exceptions import PermissionMissingError

router = domain_router(tags=["events"], prefix="/events")

TIME_ERRORS = (
    SlotTakenError,
    EndsBeforeStartError,
    InThePastError,
    EventTooLongError,
    OutsideOpeningHoursError,
    LocalTimeSkippedError,
)
MANAGED_ERRORS = (UnauthorizedError, PermissionMissingError, EventNotFoundError, ValidationFailedError)


@router.get(
    "",
    response_model=Page[EventRead],
    operation_id="list_events",
    responses=errors(ValidationFailedError),
)
async def list_events(wanted: Annotated[EventFilter, Query()], session: ReadSessionDep) -> Page[EventRead]:
    """Events that are not over, in order of start: of a city, a company or one studio, between two days."""
    found, total = await service.list_events(session, wanted=wanted)
    return Page(items=found, total=total, page=wanted.page, size=wanted.size)


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    response_model=EventRead,
    operation_id="create_event",
    dependencies=[Idempotent],
    responses=errors(
        UnauthorizedError,
        PermissionMissingError,
        CompanyClosedError,
        RoomNotFoundError,
        *TIME_ERRORS,
        ValidationFailedError,
        *IDEMPOTENCY_ERRORS,
    ),
)
async def create_event(body: EventCreate, session: SessionDep, principal: PrincipalDep) -> EventRead:
    """Hosts an event in a room and takes the room's time, with its buffers. 409 `slot_taken` where it is booked.

    A price of 0 makes it free of charge: its seats are confirmed at once.
    """
    return await service.create_event(session, principal=principal, body=body, now=utc_now())


@router.get(
    "/{event_id}",
    response_model=EventRead,
    operation_id="get_event",
    responses=errors(EventNotFoundError, ValidationFailedError),
)
async def get_event(event_id: PathId, session: ReadSessionDep, principal: OptionalPrincipalDep) -> EventRead:
    """One event, also one that is over or cancelled. Next: POST /events/{id}/seats."""
    return await service.get_event(session, principal=principal, event_id=event_id)


@router.patch(
    "/{event_id}",
    response_model=EventRead,
    operation_id="update_event",
    responses=errors(
        *MANAGED_ERRORS, EventCancelledError, EventBegunError, CapacityBelowSoldError, *TIME_ERRORS
    ),
)
async def update_event(
    event_id: PathId, body: EventUpdate, session: SessionDep, principal: PrincipalDep
) -> EventRead:
    """Changes what the body names. With another time everybody who has a seat is told, and may cancel it for free.

    The old time is kept when the new one can't be had. `capacity` can't fall below the seats that are sold or held.
    """
    return await service.update_event(
        session, principal=principal, event_id=event_id, body=body, now=utc_now()
    )


@router.delete(
    "/{event_id}",
    status_code=HTTPStatus.NO_CONTENT,
    operation_id="delete_event",
    responses=errors(*MANAGED_ERRORS, EventHasBookingsError),
)
async def delete_event(event_id: PathId, session: SessionDep, principal: PrincipalDep) -> None:
    """Removes an event of which nobody has ever booked a seat. Others are cancelled: POST /events/{id}/cancel."""
    await service.delete_event(session, principal=principal, event_id=event_id)


@router.post(
    "/{event_id}/cancel",
    response_model=EventRead,
    operation_id="cancel_event",
    dependencies=[Idempotent],
    responses=errors(*MANAGED_ERRORS, EventCancelledError, EventBegunError, *IDEMPOTENCY_ERRORS),
)
async def cancel_event(event_id: PathId, session: SessionDep, principal: PrincipalDep) -> EventRead:
    """Cancels it for good; the room is free at once. Everybody who has a seat gets all of their money and a mail."""
    return await service.cancel_event(session, principal=principal, event_id=event_id)
