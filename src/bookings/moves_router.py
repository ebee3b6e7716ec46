from typing import Annotated

from fastapi import Body

from src.bookings import service
from src.bookings.deadlines import Deadlines
from src.bookings.exceptions import (
    BookingChangedError,
    BookingNotFoundError,
    IllegalMoveError,
    TooEarlyError,
    TooLateError,
)
from src.bookings.schemas import BookingRead, MoveCreate, MoveRead, StatusUpdate
from src.core.clock import utc_now
from src.core.config import SettingsDep
from src.core.database import ReadSessionDep, SessionDep
from src.core.errors import UnauthorizedError, ValidationFailedError, errors
from src.core.http import domain_router
from src.core.idempotency import IDEMPOTENCY_ERRORS, Idempotent
from src.core.identity import PrincipalDep
from src.core.schemas import PathId
from src.teams.exceptions import PermissionMissingError

router = domain_router(tags=["bookings"], prefix="/bookings/{booking_id}")

MOVE_ERRORS = (
    UnauthorizedError,
    PermissionMissingError,
    BookingNotFoundError,
    BookingChangedError,
    IllegalMoveError,
    ValidationFailedError,
    *IDEMPOTENCY_ERRORS,
)


@router.post(
    "/approve",
    response_model=BookingRead,
    operation_id="approve_booking",
    dependencies=[Idempotent],
    responses=errors(*MOVE_ERRORS),
)
async def approve_booking(
    booking_id: PathId,
    body: Annotated[MoveCreate, Body(default_factory=MoveCreate)],
    session: SessionDep,
    principal: PrincipalDep,
    settings: SettingsDep,
) -> BookingRead:
    """The studio says yes to a request: it is `pending`, and the customer has until `expires_at` to pay.

    Send the `version` that was on the screen: when the customer has moved the request since, 409 `booking_changed`.
    """
    return await service.approve(
        session,
        principal=principal,
        booking_id=booking_id,
        body=body,
        deadlines=Deadlines.of(settings),
    )


@router.post(
    "/decline",
    response_model=BookingRead,
    operation_id="decline_booking",
    dependencies=[Idempotent],
    responses=errors(*MOVE_ERRORS),
)
async def decline_booking(
    booking_id: PathId,
    body: Annotated[MoveCreate, Body(default_factory=MoveCreate)],
    session: SessionDep,
    principal: PrincipalDep,
) -> BookingRead:
    """The studio says no to a request; its time is free at once. Nothing was charged."""
    return await service.decline(session, principal=principal, booking_id=booking_id, body=body)


@router.post(
    "/complete",
    response_model=BookingRead,
    operation_id="complete_booking",
    dependencies=[Idempotent],
    responses=errors(*MOVE_ERRORS, TooEarlyError, TooLateError),
)
async def complete_booking(
    booking_id: PathId,
    body: Annotated[MoveCreate, Body(default_factory=MoveCreate)],
    session: SessionDep,
    principal: PrincipalDep,
    settings: SettingsDep,
) -> BookingRead:
    """It has taken place. This happens by itself within minutes of its end; before that, 409 `too_early`.

    Of a no-show it takes that back, as long as POST /bookings/{id}/no-show/take-back would.
    """
    return await service.complete(
        session,
        principal=principal,
        booking_id=booking_id,
        body=body,
        deadlines=Deadlines.of(settings),
    )


@router.post(
    "/no-show",
    response_model=BookingRead,
    operation_id="mark_no_show",
    dependencies=[Idempotent],
    responses=errors(*MOVE_ERRORS, TooEarlyError, TooLateError),
)
async def mark_no_show(
    booking_id: PathId,
    body: Annotated[MoveCreate, Body(default_factory=MoveCreate)],
    session: SessionDep,
    principal: PrincipalDep,
    settings: SettingsDep,
) -> BookingRead:
    """Nobody came; nothing goes back. From the start on, for a week, also when it has been completed by itself.

    The customer is told. A mistake is mended by POST /bookings/{id}/no-show/take-back.
    """
    return await service.mark_no_show(
        session,
        principal=principal,
        booking_id=booking_id,
        body=body,
        deadlines=Deadlines.of(settings),
    )


@router.post(
    "/no-show/take-back",
    response_model=BookingRead,
    operation_id="take_back_no_show",
    dependencies=[Idempotent],
    responses=errors(*MOVE_ERRORS, TooLateError),
)
async def take_back_no_show(
    booking_id: PathId,
    body: Annotated[MoveCreate, Body(default_factory=MoveCreate)],
    session: SessionDep,
    principal: PrincipalDep,
    settings: SettingsDep,
) -> BookingRead:
    """They came after all: the booking is `completed`, or `confirmed` again while its time isn't over.

    For a week after it was called a no-show; later, 409 `too_late`. Of the money nothing changes, paid out or not: a
    no-show is earned like any other booking. The customer is told.
    """
    return await service.take_back_no_show(
        session,
        principal=principal,
        booking_id=booking_id,
        body=body,
        deadlines=Deadlines.of(settings),
    )


@router.patch(
    "/status",
    response_model=BookingRead,
    operation_id="move_booking",
    responses=errors(*MOVE_ERRORS, TooEarlyError, TooLateError),
)
async def move_booking(
    booking_id: PathId,
    body: StatusUpdate,
    session: SessionDep,
    principal: PrincipalDep,
    settings: SettingsDep,
) -> BookingRead:
    """The same moves by the name of where they lead, for boards where one drags a booking.

    `pending` approves, `declined` declines, `cancelled` cancels, `completed` and `no_show` say what has happened;
    `completed` also takes a no-show back. Nobody makes a booking `confirmed` by this.
    """
    return await service.move_to(
        session,
        principal=principal,
        booking_id=booking_id,
        body=body,
        deadlines=Deadlines.of(settings),
        now=utc_now(),
    )


@router.get(
    "/history",
    response_model=list[MoveRead],
    operation_id="list_booking_history",
    responses=errors(UnauthorizedError, BookingNotFoundError, ValidationFailedError),
)
async def list_booking_history(
    booking_id: PathId, session: ReadSessionDep, principal: PrincipalDep
) -> list[MoveRead]:
    """Every move, oldest first: in which role somebody made it, when and why."""
    return await service.list_history(session, principal=principal, booking_id=booking_id)
