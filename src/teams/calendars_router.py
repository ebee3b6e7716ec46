"""The private calendar of a member, under the same path as the member."""

from http import HTTPStatus

from src.calendars.schemas import CalendarFeedRead
from src.core.config import SettingsDep
from src.core.database import SessionDep
from src.core.errors import UnauthorizedError, ValidationFailedError, errors
from src.core.http import domain_router
from src.core.identity import PrincipalDep
from src.core.schemas import PathId
from src.teams import calendars
from src.teams.exceptions import MemberNotFoundError, PermissionMissingError

router = domain_router(tags=["calendars"], prefix="/team/{member_id}/calendar-feed")

OWN_ERRORS = (UnauthorizedError, PermissionMissingError, MemberNotFoundError, ValidationFailedError)


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    response_model=CalendarFeedRead,
    operation_id="create_member_calendar_feed",
    responses=errors(*OWN_ERRORS),
)
async def create_member_calendar_feed(
    member_id: PathId, session: SessionDep, principal: PrincipalDep, settings: SettingsDep
) -> CalendarFeedRead:
    """A private address for Google, Apple and Outlook that shows when you are booked, and your time off.

    For the member themself. Shown this once; asking again gives a new one and ends the old one.
    """
    token = await calendars.open_feed(session, principal=principal, member_id=member_id)
    return CalendarFeedRead.of(token, public_url=settings.public_url)


@router.delete(
    "",
    status_code=HTTPStatus.NO_CONTENT,
    operation_id="delete_member_calendar_feed",
    responses=errors(*OWN_ERRORS),
)
async def delete_member_calendar_feed(
    member_id: PathId, session: SessionDep, principal: PrincipalDep
) -> None:
    """Ends the private address of your working time at once; does nothing where there is none."""
    await calendars.close_feed(session, principal=principal, member_id=member_id)
