"""Private addresses of calendars: made, replaced, revoked, read."""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from src.calendars.enums import FeedKind, OccupancyKind
from src.calendars.exceptions import CalendarFeedNotFoundError
from src.calendars.feeds import repository
from src.calendars.feeds.sources import FeedRequest, FeedSources
from src.calendars.service import Span
from src.core.config import Settings
from src.core.ical import Entry, Feed
from src.core.identity import Principal
from src.core.signing import hash_token
from src.users import service as users

TOKEN_BYTES = 32
BACK = timedelta(days=90)
AHEAD = timedelta(days=366)
NO_SESSION = 0
# A claim is made and released, never changed: every version of its entry is the first.
UNCHANGED_SINCE = datetime(2026, 1, 1, tzinfo=UTC)


async def open_feed(session: AsyncSession, *, principal: Principal, kind: FeedKind, subject_id: int) -> str:
    """Returns the token, which is kept as a hash only. The address that the principal had before ends."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    await repository.replace(
        session,
        user_id=principal.user_id,
        kind=kind,
        subject_id=subject_id,
        token_hash=hash_token(token),
    )
    return token


async def close_feed(session: AsyncSession, *, principal: Principal, kind: FeedKind, subject_id: int) -> None:
    """The address ends at once; does nothing where there is none."""
    await repository.remove(session, user_id=principal.user_id, kind=kind, subject_id=subject_id)


async def close_all_of(session: AsyncSession, *, user_id: int) -> None:
    await repository.remove_all_of(session, user_id)


async def read_feed(
    session: AsyncSession, *, token: str, sources: FeedSources, settings: Settings, now: datetime
) -> Feed:
    """What its person may see of it today. Raises `CalendarFeedNotFoundError`."""
    feed = await repository.find(session, hash_token(token))
    if feed is None:
        raise CalendarFeedNotFoundError
    user = await users.get_user(session, user_id=feed.user_id)
    if user.deactivated_at is not None:
        raise CalendarFeedNotFoundError
    wanted = FeedRequest(
        principal=Principal(user_id=user.id, session_id=NO_SESSION, role=user.role),
        locale=user.locale,
        subject_id=feed.subject_id,
        window=Span(now - BACK, now + AHEAD),
        uid_host=settings.calendar_host,
        site=settings.frontend_url,
    )
    parts = [part for source in sources[feed.kind] if (part := await source(session, wanted)) is not None]
    if len(parts) < len(sources[feed.kind]):
        raise CalendarFeedNotFoundError
    return Feed(parts[0].name, [entry for part in parts for entry in part.entries])


async def list_taken(
    session: AsyncSession,
    *,
    resource_id: int,
    wanted: FeedRequest,
    titles: Mapping[OccupancyKind, str],
    timezone: str,
) -> list[Entry]:
    """Entries of what takes a resource's time and has no other description than its kind."""
    rows = await repository.list_taken(
        session, resource_id=resource_id, window=wanted.window, kinds=list(titles)
    )
    return [
        Entry(
            uid=f"claim-{row.claim_id}@{wanted.uid_host}",
            sequence=0,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            timezone=timezone,
            summary=titles[row.kind],
            created_at=UNCHANGED_SINCE,
            changed_at=UNCHANGED_SINCE,
        )
        for row in rows
    ]
