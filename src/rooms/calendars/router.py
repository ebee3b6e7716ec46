"""Calendars of rooms, under the same path as the rooms."""

from collections.abc import Sequence
from http import HTTPStatus

from src.calendars.exceptions import (
    CalendarAddressRefusedError,
    CalendarImportedAlreadyError,
    CalendarImportNotFoundError,
    TooManyCalendarImportsError,
)
from src.calendars.schemas import CalendarFeedRead, CalendarImportCreate, CalendarImportRead
from src.core.config import SettingsDep
from src.core.database import ReadSessionDep, SessionDep
from src.core.encryption import SecretBoxDep
from src.core.errors import UnauthorizedError, ValidationFailedError, errors
from src.core.http import domain_router
from src.core.idempotency import IDEMPOTENCY_ERRORS, Idempotent
from src.core.identity import PrincipalDep
from src.core.outbound import Outbound
from src.core.schemas import PathId
from src.rooms.calendars import service
from src.rooms.exceptions import RoomNotFoundError
from src.teams.exceptions import PermissionMissingError

router = domain_router(tags=["calendars"], prefix="/rooms/{room_id}")

OWN_ERRORS = (UnauthorizedError, PermissionMissingError, RoomNotFoundError, ValidationFailedError)


@router.post(
    "/calendar-feed",
    status_code=HTTPStatus.CREATED,
    response_model=CalendarFeedRead,
    operation_id="create_room_calendar_feed",
    responses=errors(*OWN_ERRORS),
)
async def create_room_calendar_feed(
    room_id: PathId, session: SessionDep, principal: PrincipalDep, settings: SettingsDep
) -> CalendarFeedRead:
    """A private address for Google, Apple and Outlook that shows what takes the room's time.

    It is yours: colleagues make their own, and it shows nothing any more once you may not read the studio's
    bookings. Shown this once; asking again gives a new one and ends the old one.
    """
    token = await service.open_feed(session, principal=principal, room_id=room_id)
    return CalendarFeedRead.of(token, public_url=settings.public_url)


@router.delete(
    "/calendar-feed",
    status_code=HTTPStatus.NO_CONTENT,
    operation_id="delete_room_calendar_feed",
    responses=errors(*OWN_ERRORS),
)
async def delete_room_calendar_feed(room_id: PathId, session: SessionDep, principal: PrincipalDep) -> None:
    """Ends your private address of the room's calendar at once; does nothing where there is none."""
    await service.close_feed(session, principal=principal, room_id=room_id)


@router.get(
    "/calendar-imports",
    response_model=list[CalendarImportRead],
    operation_id="list_room_calendar_imports",
    responses=errors(*OWN_ERRORS),
)
async def list_room_calendar_imports(
    room_id: PathId, session: ReadSessionDep, principal: PrincipalDep
) -> Sequence[CalendarImportRead]:
    """The calendars whose busy time is taken on this room, at most ten, and what of them lies over bookings.

    `problem` is why the last look failed: `address_refused` and `unreachable` are about the address, `http_error` is
    its server's refusal, `not_a_calendar`, `too_large`, `too_complex` and `too_many_events` are about the content.
    """
    return await service.list_imports(session, principal=principal, room_id=room_id)


@router.post(
    "/calendar-imports",
    status_code=HTTPStatus.CREATED,
    response_model=CalendarImportRead,
    operation_id="create_room_calendar_import",
    dependencies=[Idempotent],
    responses=errors(
        *OWN_ERRORS,
        CalendarAddressRefusedError,
        CalendarImportedAlreadyError,
        TooManyCalendarImportsError,
        *IDEMPOTENCY_ERRORS,
    ),
)
async def create_room_calendar_import(
    room_id: PathId,
    body: CalendarImportCreate,
    session: SessionDep,
    principal: PrincipalDep,
    settings: SettingsDep,
    box: SecretBoxDep,
) -> CalendarImportRead:
    """Takes the busy time of a calendar elsewhere (an ICS address, `webcal://` too) on this room, from now on.

    It is looked at within seconds and then every ten minutes. Events over bookings and blocks take what is free of
    their time; the rest is a conflict, shown here and mailed once to those who may block time there. All-day events
    and those without a time zone are in the studio's.
    """
    return await service.add_import(
        session, principal=principal, room_id=room_id, body=body, outbound=Outbound.of(settings), box=box
    )


@router.delete(
    "/calendar-imports/{import_id}",
    status_code=HTTPStatus.NO_CONTENT,
    operation_id="delete_room_calendar_import",
    responses=errors(*OWN_ERRORS, CalendarImportNotFoundError),
)
async def delete_room_calendar_import(
    room_id: PathId, import_id: PathId, session: SessionDep, principal: PrincipalDep
) -> None:
    """Forgets the calendar; the time that it took is free at once."""
    await service.remove_import(session, principal=principal, room_id=room_id, import_id=import_id)
