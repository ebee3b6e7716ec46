from http import HTTPStatus

from src.addresses.exceptions import LocalTimeSkippedError
from src.bookings.add_ons.exceptions import ADD_ON_ERRORS
from src.bookings.exceptions import IllegalMoveError
from src.bookings.waitlist import service
from src.bookings.waitlist.exceptions import (
    AlreadyWaitingError,
    EntryNotFoundError,
    StillFreeError,
    TooManyWaitsError,
)
from src.bookings.waitlist.schemas import WaitCreate, WaitRead
from src.core.clock import utc_now
from src.core.database import ReadSessionDep, SessionDep
from src.core.errors import UnauthorizedError, ValidationFailedError, errors
from src.core.http import domain_router
from src.core.idempotency import IDEMPOTENCY_ERRORS, Idempotent
from src.core.identity import PrincipalDep
from src.core.pagination import Page, PageDep
from src.core.schemas import PathId
from src.events.exceptions import EventBegunError, EventCancelledError, EventNotFoundError
from src.rooms.exceptions import RULE_ERRORS, RoomNotFoundError

router = domain_router(tags=["bookings"], prefix="/waitlist")


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    response_model=WaitRead,
    operation_id="join_waitlist",
    dependencies=[Idempotent],
    responses=errors(
        UnauthorizedError,
        RoomNotFoundError,
        EventNotFoundError,
        StillFreeError,
        AlreadyWaitingError,
        TooManyWaitsError,
        EventCancelledError,
        EventBegunError,
        LocalTimeSkippedError,
        *RULE_ERRORS,
        *ADD_ON_ERRORS,
        ValidationFailedError,
        *IDEMPOTENCY_ERRORS,
    ),
)
async def join_waitlist(body: WaitCreate, session: SessionDep, principal: PrincipalDep) -> WaitRead:
    """Puts you in line for a time of a room that is taken, or for seats of an event that is sold out.

    When it is your turn, what you want is held for you for two hours, as a booking, and a mail tells you. With
    `equipment_ids` or a `professional` it is your turn when the room and all of it can be had.
    """
    return await service.join(session, principal=principal, body=body, now=utc_now())


@router.get(
    "",
    response_model=Page[WaitRead],
    operation_id="list_my_waits",
    responses=errors(UnauthorizedError, ValidationFailedError),
)
async def list_my_waits(session: ReadSessionDep, principal: PrincipalDep, page: PageDep) -> Page[WaitRead]:
    """What you wait for, or have waited for, newest first."""
    found, total = await service.list_mine(session, principal=principal, page=page)
    return Page(items=found, total=total, page=page.page, size=page.size)


@router.delete(
    "/{entry_id}",
    status_code=HTTPStatus.NO_CONTENT,
    operation_id="leave_waitlist",
    responses=errors(UnauthorizedError, EntryNotFoundError, IllegalMoveError, ValidationFailedError),
)
async def leave_waitlist(entry_id: PathId, session: SessionDep, principal: PrincipalDep) -> None:
    """Takes you off the line. An offer that you have is declined by it, and the next one gets it.

    An offer that you have paid is a booking of yours: 409 `illegal_move`, and it stays.
    """
    await service.leave(session, principal=principal, entry_id=entry_id, now=utc_now())
