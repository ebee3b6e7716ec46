"""Seats of events, under the same path as the events."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Body, Header, Response

from src.bookings.deadlines import HoldTerms
from src.bookings.exceptions import CoolDownError, IllegalMoveError, TooManyHoldsError
from src.bookings.schemas import BookingRead
from src.bookings.seats import attendees, service
from src.bookings.seats.exceptions import AttendeeNotFoundError
from src.bookings.seats.schemas import AttendeeRead, SeatsCreate
from src.core import spreadsheet
from src.core.config import SettingsDep
from src.core.database import ReadSessionDep, SessionDep
from src.core.errors import UnauthorizedError, ValidationFailedError, errors
from src.core.http import domain_router
from src.core.idempotency import IDEMPOTENCY_ERRORS, Idempotent
from src.core.identity import PrincipalDep
from src.core.pagination import Page, PageDep
from src.core.schemas import PathId
from src.events.exceptions import EventBegunError, EventCancelledError, EventNotFoundError, SoldOutError
from src.teams.exceptions import PermissionMissingError

router = domain_router(tags=["events"], prefix="/events/{event_id}")


@router.post(
    "/seats",
    status_code=HTTPStatus.CREATED,
    response_model=BookingRead,
    operation_id="book_seats",
    dependencies=[Idempotent],
    responses=errors(
        UnauthorizedError,
        EventNotFoundError,
        SoldOutError,
        EventCancelledError,
        EventBegunError,
        TooManyHoldsError,
        CoolDownError,
        ValidationFailedError,
        *IDEMPOTENCY_ERRORS,
    ),
)
async def book_seats(
    event_id: PathId,
    body: Annotated[SeatsCreate, Body(default_factory=SeatsCreate)],
    session: SessionDep,
    principal: PrincipalDep,
    settings: SettingsDep,
) -> BookingRead:
    """Holds seats for you: a booking that is paid and cancelled like any other. POST /bookings/{id}/checkout is next.

    What is free of charge is `confirmed` at once. 409 `sold_out`: POST /waitlist.
    """
    return await service.book_seats(
        session, principal=principal, event_id=event_id, body=body, terms=HoldTerms.of(settings)
    )


@router.get(
    "/attendees",
    response_model=Page[AttendeeRead],
    operation_id="list_attendees",
    responses=errors(UnauthorizedError, PermissionMissingError, EventNotFoundError, ValidationFailedError),
)
async def list_attendees(
    event_id: PathId,
    session: ReadSessionDep,
    principal: PrincipalDep,
    page: PageDep,
    accept: Annotated[str, Header(include_in_schema=False)] = "",
) -> Page[AttendeeRead] | Response:
    """Who has a seat, for the studio's people. With `Accept: text/csv` everybody in one table."""
    if "text/csv" in accept:
        everybody, _ = await attendees.list_attendees(
            session, principal=principal, event_id=event_id, page=None
        )
        table = spreadsheet.BYTE_ORDER_MARK + spreadsheet.lines(attendees.as_rows(everybody))
        return Response(table, media_type="text/csv")
    found, total = await attendees.list_attendees(session, principal=principal, event_id=event_id, page=page)
    return Page(items=found, total=total, page=page.page, size=page.size)


@router.post(
    "/attendees/{booking_id}/check-in",
    response_model=AttendeeRead,
    operation_id="check_in_attendee",
    dependencies=[Idempotent],
    responses=errors(
        UnauthorizedError,
        PermissionMissingError,
        EventNotFoundError,
        AttendeeNotFoundError,
        IllegalMoveError,
        ValidationFailedError,
        *IDEMPOTENCY_ERRORS,
    ),
)
async def check_in_attendee(
    event_id: PathId, booking_id: PathId, session: SessionDep, principal: PrincipalDep
) -> AttendeeRead:
    """Somebody is at the door. Repeated, the first time stays; DELETE takes it back.

    Whoever was called a no-show is refused: POST /bookings/{id}/no-show/take-back comes first.
    """
    return await attendees.check_in(session, principal=principal, event_id=event_id, booking_id=booking_id)


@router.delete(
    "/attendees/{booking_id}/check-in",
    response_model=AttendeeRead,
    operation_id="undo_attendee_check_in",
    responses=errors(
        UnauthorizedError,
        PermissionMissingError,
        EventNotFoundError,
        AttendeeNotFoundError,
        ValidationFailedError,
    ),
)
async def undo_attendee_check_in(
    event_id: PathId, booking_id: PathId, session: SessionDep, principal: PrincipalDep
) -> AttendeeRead:
    """It was somebody else: `checked_in_at` is null again. Does nothing for who isn't checked in."""
    return await attendees.undo_check_in(
        session, principal=principal, event_id=event_id, booking_id=booking_id
    )
