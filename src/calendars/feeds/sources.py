"""What a feed shows is known above: `main` binds the sources of each kind. Calendars keeps the addresses only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Protocol

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession

from src.calendars.enums import FeedKind
from src.calendars.service import Span
from src.core.ical import Feed
from src.core.identity import Principal


@dataclass(frozen=True, slots=True)
class FeedRequest:
    """Whose feed of what: `subject_id` is a room, a member or a user, by the kind; `locale` is its reader's."""

    principal: Principal
    locale: str
    subject_id: int
    window: Span
    uid_host: str
    site: str


class FeedSource(Protocol):
    async def __call__(self, session: AsyncSession, wanted: FeedRequest) -> Feed | None:
        """None when the subject is gone, or no longer the principal's to see."""
        ...


# What a kind shows may come from several domains; the first one names the calendar.
FeedSources = Mapping[FeedKind, Sequence[FeedSource]]


async def _request_sources(request: Request) -> FeedSources:
    sources: FeedSources = request.app.state.calendar_feeds
    return sources


FeedSourcesDep = Annotated[FeedSources, Depends(_request_sources)]
