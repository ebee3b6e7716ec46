from typing import Annotated

from fastapi import Body

from src.addresses.exceptions import LocalTimeSkippedError
from src.bookings.add_ons.exceptions import AddOnTakenError, ProfessionalNotWorkingError
from src.bookings.deadlines import Deadlines
from src.bookings.exceptions import (
    BookingChangedError,
    BookingNotFoundError,
    IllegalMoveError,
    NoProposalError,
    NothingChangesError,
    NotMovableError,
    OtherStudioError,
    ProposalOpenError,
    TooLateError,
)
from src.bookings.rescheduling import answering, proposing, read, swapping
from src.bookings.rescheduling.schemas import (
    AnswerCreate,
    RescheduleCreate,
    RescheduleRead,
    SwapCreate,
    SwapRead,
)
from src.bookings.schemas import BookingRead
from src.calendars.exceptions import SlotTakenError
from src.core.clock import utc_now
from src.core.config import SettingsDep
from src.core.database import ReadSessionDep, SessionDep
from src.core.errors import UnauthorizedError, ValidationFailedError, errors
from src.core.http import domain_router
from src.core.idempotency import IDEMPOTENCY_ERRORS, Idempotent
from src.core.identity import PrincipalDep
from src.core.schemas import PathId
from src.rooms.exceptions import RULE_ERRORS, RoomNotFoundError, RoomNotPricedError
from src.teams.exceptions import PermissionMissingError

router = domain_router(tags=["bookings"], prefix="/bookings")

COMMON_ERRORS = (
    UnauthorizedError,
    PermissionMissingError,
    BookingNotFoundError,
    IllegalMoveError,
    SlotTakenError,
    AddOnTakenError,
    ValidationFailedError,
    *IDEMPOTENCY_ERRORS,
)


@router.post(
    "/swap",
    response_model=SwapRead,
    operation_id="swap_bookings",
    dependencies=[Idempotent],
    responses=errors(
        *COMMON_ERRORS,
        OtherStudioError,
        TooLateError,
        ProposalOpenError,
        NotMovableError,
        ProfessionalNotWorkingError,
    ),
)
async def swap_bookings(
    body: SwapCreate, session: SessionDep, principal: PrincipalDep, settings: SettingsDep
) -> SwapRead:
    """For the studio: two bookings trade places and rooms, each with all that comes with it; their prices stay.

    Both customers are asked first (POST /bookings/{id}/reschedule/accept) and the swap happens in one step with
    the second yes. Guests without an account have agreed at the desk.
    """
    return await swapping.propose_swap(
        session, principal=principal, body=body, deadlines=Deadlines.of(settings)
    )


@router.post(
    "/{booking_id}/reschedule",
    response_model=RescheduleRead,
    operation_id="reschedule_booking",
    dependencies=[Idempotent],
    responses=errors(
        *COMMON_ERRORS,
        BookingChangedError,
        TooLateError,
        ProposalOpenError,
        OtherStudioError,
        NothingChangesError,
        NotMovableError,
        RoomNotFoundError,
        RoomNotPricedError,
        ProfessionalNotWorkingError,
        LocalTimeSkippedError,
        *RULE_ERRORS,
    ),
)
async def reschedule_booking(
    booking_id: PathId,
    body: RescheduleCreate,
    session: SessionDep,
    principal: PrincipalDep,
    settings: SettingsDep,
) -> RescheduleRead:
    """Another time, or another room of the studio. The old time is never lost unless the new one is won.

    **Customers** may move a booking as long as cancelling it would cost nothing. What is cheaper pays the
    difference back; what is dearer is held as `proposal` until the difference is paid (POST
    /bookings/{id}/checkout). In rooms let on request the studio has to agree. **Studios** propose: the customer
    accepts or declines, and never pays more. Without a `proposal` in the answer the booking has moved already.

    Equipment and a professional that were booked with the room move with it, all of it or nothing, at the prices that
    were agreed: 409 `add_on_taken` says which of it is taken. Seats don't move (409 `not_movable`): when the event
    gets another time they go with it, and for another event, or fewer seats, one cancels and books anew.
    """
    return await proposing.reschedule(
        session,
        principal=principal,
        booking_id=booking_id,
        body=body,
        deadlines=Deadlines.of(settings),
        now=utc_now(),
    )


@router.get(
    "/{booking_id}/reschedule",
    response_model=RescheduleRead,
    operation_id="get_reschedule",
    responses=errors(UnauthorizedError, BookingNotFoundError, ValidationFailedError),
)
async def get_reschedule(
    booking_id: PathId, session: ReadSessionDep, principal: PrincipalDep
) -> RescheduleRead:
    """The booking, and the other time that is proposed for it at the moment, if any."""
    return await read.read_outcome(session, principal=principal, booking_id=booking_id)


@router.post(
    "/{booking_id}/reschedule/accept",
    response_model=RescheduleRead,
    operation_id="accept_reschedule",
    dependencies=[Idempotent],
    responses=errors(*COMMON_ERRORS, BookingChangedError, NoProposalError),
)
async def accept_reschedule(
    booking_id: PathId,
    body: Annotated[AnswerCreate, Body(default_factory=AnswerCreate)],
    session: SessionDep,
    principal: PrincipalDep,
    settings: SettingsDep,
) -> RescheduleRead:
    """By the side that was asked. Send the booking's `version`, so that you accept what you have read."""
    return await answering.accept(
        session,
        principal=principal,
        booking_id=booking_id,
        body=body,
        deadlines=Deadlines.of(settings),
    )


@router.post(
    "/{booking_id}/reschedule/decline",
    response_model=BookingRead,
    operation_id="decline_reschedule",
    dependencies=[Idempotent],
    responses=errors(*COMMON_ERRORS, BookingChangedError, NoProposalError),
)
async def decline_reschedule(
    booking_id: PathId,
    body: Annotated[AnswerCreate, Body(default_factory=AnswerCreate)],
    session: SessionDep,
    principal: PrincipalDep,
) -> BookingRead:
    """By either side; who has proposed it withdraws it. The booking stays as it was."""
    return await answering.decline(session, principal=principal, booking_id=booking_id, body=body)
