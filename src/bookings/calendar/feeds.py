"""What private calendar feeds show; `main` binds these sources to the addresses that calendars keeps.

Unpaid holds aren't shown: they end within half an hour, and programs look once in an hour. Imported time isn't
either: it would come back to the calendar it is from.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings.calendar import entries, repository
from src.bookings.calendar.repository import EntryRow
from src.calendars.enums import FeedKind, OccupancyKind
from src.calendars.feeds import service as calendars
from src.calendars.feeds.sources import FeedRequest, FeedSource
from src.core.ical import Entry, Feed
from src.core.mail.languages import catalog_for
from src.core.mail.languages import marked as _
from src.rooms.calendars import service as rooms
from src.teams import calendars as teams

# Long enough for everybody to have read what became of it.
CANCELLED_SHOWN: Final = timedelta(days=30)

ROOM_TITLES: Final = {
    OccupancyKind.BLOCK: _("Blocked"),
    OccupancyKind.CLOSURE: _("Closed"),
    OccupancyKind.EVENT: _("Event"),
    OccupancyKind.TOUR: _("Tour"),
}
MEMBER_TITLES: Final = {OccupancyKind.BLOCK: _("Time off")}


async def customer_feed(session: AsyncSession, wanted: FeedRequest) -> Feed | None:
    bookings = await _bookings(
        session, wanted, repository.of_customer(wanted.subject_id), entries.for_customer
    )
    return Feed(catalog_for(wanted.locale).gettext("My bookings"), bookings)


async def room_feed(session: AsyncSession, wanted: FeedRequest) -> Feed | None:
    """For whoever may read the studio's bookings at the moment."""
    room = await rooms.find_shown_room(session, principal=wanted.principal, room_id=wanted.subject_id)
    if room is None:
        return None
    which = repository.of_room(room.id, resource_id=room.resource_id, window=wanted.window)
    bookings = await _bookings(session, wanted, which, entries.for_studio)
    others = await calendars.list_taken(
        session,
        resource_id=room.resource_id,
        wanted=wanted,
        titles=_translated(ROOM_TITLES, wanted),
        timezone=room.timezone,
    )
    return Feed(f"{room.name}, {room.address_name}", [*bookings, *others])


async def member_feed(session: AsyncSession, wanted: FeedRequest) -> Feed | None:
    """For the professional themself, as long as they are in the team."""
    member = await teams.find_own_membership(session, principal=wanted.principal, member_id=wanted.subject_id)
    if member is None or member.resource_id is None:
        return None
    bookings = await _bookings(session, wanted, repository.of_member(member.id), entries.for_professional)
    time_off = await calendars.list_taken(
        session,
        resource_id=member.resource_id,
        wanted=wanted,
        titles=_translated(MEMBER_TITLES, wanted),
        timezone="UTC",
    )
    return Feed(catalog_for(wanted.locale).gettext("My work"), [*bookings, *time_off])


FEEDS: Final[Mapping[FeedKind, FeedSource]] = {
    FeedKind.CUSTOMER: customer_feed,
    FeedKind.ROOM: room_feed,
    FeedKind.MEMBER: member_feed,
}


def _translated(titles: Mapping[OccupancyKind, str], wanted: FeedRequest) -> dict[OccupancyKind, str]:
    catalog = catalog_for(wanted.locale)
    return {kind: catalog.gettext(title) for kind, title in titles.items()}


async def _bookings(
    session: AsyncSession,
    wanted: FeedRequest,
    which: ColumnElement[bool],
    as_entry: Callable[..., Entry],
) -> list[Entry]:
    now = wanted.window.starts_at + calendars.BACK
    rows: list[EntryRow] = list(
        await repository.list_entries(
            session, which, window=wanted.window, cancelled_since=now - CANCELLED_SHOWN
        )
    )
    return [as_entry(row, wanted.locale, uid_host=wanted.uid_host, site=wanted.site) for row in rows]
