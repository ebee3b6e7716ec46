"""Tickets, and streams opened by them. They stand in addresses: short-lived, and good for nothing else."""

from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from src.auth import service as auth
from src.core.config import Settings
from src.core.database import Database
from src.core.identity import Principal
from src.core.schemas import LARGEST_ID
from src.core.signing import read_signed, sign
from src.notifications.stream import repository
from src.notifications.stream.exceptions import StreamTicketRefusedError
from src.notifications.stream.hub import Hub
from src.notifications.stream.schemas import StreamTicketRead
from src.notifications.stream.streams import Stream

PURPOSE: Final = "stream-ticket"
PATH: Final = "/api/v1/notifications/stream"


def issue_ticket(*, principal: Principal, settings: Settings, now: datetime) -> StreamTicketRead:
    """Bound to the person and their session."""
    expires_at = now + timedelta(seconds=settings.live_ticket_seconds)
    value = f"{principal.user_id}:{principal.session_id}:{int(expires_at.timestamp())}"
    ticket = sign(settings.secret_key.get_secret_value(), purpose=PURPOSE, value=value)
    return StreamTicketRead(
        ticket=ticket,
        expires_in=settings.live_ticket_seconds,
        url=f"{settings.public_url.rstrip('/')}{PATH}?{urlencode({'ticket': ticket})}",
    )


async def open_stream(
    database: Database, *, hub: Hub, settings: Settings, ticket: str, last_event_id: str | None, now: datetime
) -> Stream:
    """Holds a connection only while it looks. Raises `StreamTicketRefusedError`, `TooManyStreamsError`."""
    user_id, session_id = _read_ticket(ticket, settings, now)
    hub.admit(user_id)
    async with database.fast_reading() as connection:
        if session_id not in await auth.find_live_sessions(connection, {session_id}):
            raise StreamTicketRefusedError
        place = await repository.find_place(connection, user_id=user_id, last_number=_number(last_event_id))
    stream = Stream(user_id=user_id, session_id=session_id, number=place.number)
    stream.greet(has_gap=place.has_gap)
    return stream


def _read_ticket(ticket: str, settings: Settings, now: datetime) -> tuple[int, int]:
    value = read_signed(settings.secret_key.get_secret_value(), purpose=PURPOSE, token=ticket)
    if value is None:
        raise StreamTicketRefusedError
    user_id, session_id, expires_at = map(int, value.split(":"))
    if expires_at <= now.timestamp():
        raise StreamTicketRefusedError
    return user_id, session_id


def _number(last_event_id: str | None) -> int | None:
    """None for an id that isn't one of ours: such a client has seen nothing of this stream."""
    if last_event_id is None or not last_event_id.isdecimal() or not last_event_id.isascii():
        return None
    return min(int(last_event_id[:20]), LARGEST_ID - 1)
