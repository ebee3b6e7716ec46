import asyncio
from http import HTTPStatus
from typing import Annotated

from fastapi import Header, Path, Response

from src.calendars.enums import FeedKind
from src.calendars.exceptions import CalendarFeedNotFoundError
from src.calendars.feeds import service
from src.calendars.feeds.sources import FeedSourcesDep
from src.calendars.schemas import CalendarFeedRead
from src.core.clock import utc_now
from src.core.config import SettingsDep
from src.core.database import ReadSessionDep, SessionDep
from src.core.errors import UnauthorizedError, ValidationFailedError, errors
from src.core.http import domain_router
from src.core.ical import render_feed
from src.core.identity import PrincipalDep
from src.core.limits import Budget, LimiterDep, TooManyRequestsError
from src.core.signing import hash_token

MEDIA_TYPE = "text/calendar; charset=utf-8"
EXAMPLE = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n…\r\nEND:VCALENDAR\r\n"

router = domain_router(tags=["calendars"], prefix="/calendars")
my_router = domain_router(tags=["calendars"], prefix="/users/me/calendar-feed")


@my_router.post(
    "",
    status_code=HTTPStatus.CREATED,
    response_model=CalendarFeedRead,
    operation_id="create_my_calendar_feed",
    responses=errors(UnauthorizedError),
)
async def create_my_calendar_feed(
    session: SessionDep, principal: PrincipalDep, settings: SettingsDep
) -> CalendarFeedRead:
    """A private address for Google, Apple and Outlook that shows the bookings you have made.

    Shown this once. Whoever has it sees your bookings: asking again gives a new one and ends the old one.
    """
    token = await service.open_feed(
        session, principal=principal, kind=FeedKind.CUSTOMER, subject_id=principal.user_id
    )
    return CalendarFeedRead.of(token, public_url=settings.public_url)


@my_router.delete(
    "",
    status_code=HTTPStatus.NO_CONTENT,
    operation_id="delete_my_calendar_feed",
    responses=errors(UnauthorizedError),
)
async def delete_my_calendar_feed(session: SessionDep, principal: PrincipalDep) -> None:
    """Ends the private address of your bookings at once; does nothing where there is none."""
    await service.close_feed(
        session, principal=principal, kind=FeedKind.CUSTOMER, subject_id=principal.user_id
    )


@router.get(
    "/{token}.ics",
    operation_id="read_calendar",
    response_class=Response,
    responses={
        200: {"content": {MEDIA_TYPE: {"schema": {"type": "string"}, "example": EXAMPLE}}},
        304: {"description": "Nothing has changed"},
        **errors(CalendarFeedNotFoundError, TooManyRequestsError, ValidationFailedError),
    },
)
async def read_calendar(
    token: Annotated[str, Path(max_length=100)],
    session: ReadSessionDep,
    sources: FeedSourcesDep,
    settings: SettingsDep,
    limiter: LimiterDep,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """A private calendar as iCalendar text, for the programs that subscribe to it: 90 days back and a year ahead.

    Cancelled bookings stay in it as cancelled for a month. With `If-None-Match` it answers 304 until it changes.
    """
    limit = Budget.of(settings.calendar_feed_limit, name="calendar_feed", whose=hash_token(token).hex())
    await limiter.spend(limit)
    feed = await service.read_feed(session, token=token, sources=sources, settings=settings, now=utc_now())
    headers = {"ETag": f'"{feed.fingerprint()}"', "Cache-Control": "private, no-cache"}
    if if_none_match is not None and _names(if_none_match, headers["ETag"]):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    content = await asyncio.to_thread(render_feed, feed)
    return Response(content, media_type=MEDIA_TYPE, headers=headers)


def _names(if_none_match: str, etag: str) -> bool:
    """Weak comparison (RFC 9110 section 13.1.2)."""
    return etag in {part.strip().removeprefix("W/") for part in if_none_match.split(",")}
