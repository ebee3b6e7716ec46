from http import HTTPStatus

from src.addresses.exceptions import AddressNotFoundError
from src.appointments import calendar
from src.calendars.schemas import CalendarFeedRead
from src.core.config import SettingsDep
from src.core.database import SessionDep
from src.core.errors import UnauthorizedError, ValidationFailedError, errors
from src.core.http import domain_router
from src.core.identity import PrincipalDep
from src.core.schemas import PathId
from src.teams.exceptions import PermissionMissingError

router = domain_router(tags=["calendars"], prefix="/addresses/{address_id}/appointments/calendar-feed")

OWN_ERRORS = (UnauthorizedError, PermissionMissingError, AddressNotFoundError, ValidationFailedError)


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    response_model=CalendarFeedRead,
    operation_id="create_appointments_calendar_feed",
    responses=errors(*OWN_ERRORS),
)
async def create_appointments_calendar_feed(
    address_id: PathId, session: SessionDep, principal: PrincipalDep, settings: SettingsDep
) -> CalendarFeedRead:
    """A private address for Google, Apple and Outlook that shows who visits the studio.

    It is yours: colleagues make their own, and it shows nothing any more once you may not read the studio's
    bookings. Shown this once; asking again gives a new one and ends the old one.
    """
    token = await calendar.open_desk_feed(session, principal=principal, address_id=address_id)
    return CalendarFeedRead.of(token, public_url=settings.public_url)


@router.delete(
    "",
    status_code=HTTPStatus.NO_CONTENT,
    operation_id="delete_appointments_calendar_feed",
    responses=errors(*OWN_ERRORS),
)
async def delete_appointments_calendar_feed(
    address_id: PathId, session: SessionDep, principal: PrincipalDep
) -> None:
    """Ends your private address of the studio's visits at once; does nothing where there is none."""
    await calendar.close_desk_feed(session, principal=principal, address_id=address_id)
