from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Header, Query, Request, Response

from src.core.clock import utc_now
from src.core.config import SettingsDep
from src.core.database import DatabaseDep
from src.core.errors import UnauthorizedError, ValidationFailedError, errors
from src.core.http import domain_router
from src.core.identity import PrincipalDep
from src.core.schemas import Opaque
from src.notifications.stream import service
from src.notifications.stream.exceptions import StreamTicketRefusedError, TooManyStreamsError
from src.notifications.stream.hub import Hub
from src.notifications.stream.response import StreamResponse
from src.notifications.stream.schemas import StreamTicketRead

EXAMPLE = (
    "event: ready\ndata: {}\nid: 41\nretry: 2000\n\n"
    'event: notification\ndata: {"id":1042,"kind":"hold_expired","title":"Booking DB-7K3M has expired"}\nid: 42\n\n'
    'event: notification_read\ndata: {"id":1042}\nid: 43\n\n'
    'event: typing\ndata: {"conversation_id":7,"side":"studio"}\n\n'
    ": ping\n\n"
)

router = domain_router(tags=["notifications"], prefix="/notifications")


async def _request_hub(request: Request) -> Hub:
    hub: Hub = request.app.state.hub
    return hub


HubDep = Annotated[Hub, Depends(_request_hub)]


@router.post(
    "/stream-tickets",
    response_model=StreamTicketRead,
    operation_id="create_stream_ticket",
    responses=errors(UnauthorizedError),
)
async def create_stream_ticket(principal: PrincipalDep, settings: SettingsDep) -> StreamTicketRead:
    """What opens the live stream in a browser, whose `EventSource` can't send an access token.

    Good for five minutes, for you and this session, as often as the browser reconnects meanwhile.
    """
    return service.issue_ticket(principal=principal, settings=settings, now=utc_now())


@router.get(
    "/stream",
    operation_id="open_stream",
    status_code=HTTPStatus.OK,
    response_class=StreamResponse,
    responses={
        **errors(StreamTicketRefusedError, TooManyStreamsError, ValidationFailedError),
        200: {
            "description": "Server-sent events, until one of both sides ends it",
            "content": {"text/event-stream": {"schema": {"type": "string"}, "example": EXAMPLE}},
        },
    },
)
async def open_stream(
    ticket: Annotated[Opaque, Query(description="Of `POST /notifications/stream-tickets`")],
    database: DatabaseDep,
    hub: HubDep,
    settings: SettingsDep,
    last_event_id: Annotated[
        str | None, Header(max_length=40, description="Browsers send it when they reconnect")
    ] = None,
    seen: Annotated[
        str | None,
        Query(
            max_length=40,
            description="The same for a new `EventSource`: `lastEventId` of the last event you got",
        ),
    ] = None,
) -> Response:
    """Everything new for you as it happens: `notification`, `notification_read`, `notifications_read`, `message`,
    `conversation_read`, `typing`.

    `data` is JSON. A `notification` is one of `GET /notifications`. A `message` has its `id`, `conversation_id`,
    `side`, `sender`, `booking_id`, `created_at`, the number of its `attachments`, and in `excerpt` how it begins;
    yours come too, for your other devices. `conversation_read` has `conversation_id`, the `side` that has read, and
    the `message_id` up to which; `typing` has `conversation_id` and the `side` that types.

    The stream begins with `ready`, or with `reset` when you were away for so long (a day) that something is
    forgotten: then load your lists again. Whatever has an `id` reaches you once and in order, however
    often the connection is lost; `typing` has none and may get lost. When the browser gives up (`readyState` is
    `CLOSED`: the ticket has expired, or you were logged out), ask for a new ticket and add `&seen=` with the
    `lastEventId` of the last event. A stream ends within seconds of its session.
    """
    stream = await service.open_stream(
        database,
        hub=hub,
        settings=settings,
        ticket=ticket,
        last_event_id=last_event_id or seen,
        now=utc_now(),
    )
    return StreamResponse(hub, stream)
