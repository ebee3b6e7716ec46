from http import HTTPStatus
from typing import Annotated

from fastapi import Query

from src.addresses.exceptions import AddressNotFoundError
from src.bookings.exceptions import BookingNotFoundError
from src.core.config import SettingsDep
from src.core.database import DatabaseDep, ReadSessionDep, SessionDep
from src.core.errors import UnauthorizedError, ValidationFailedError, errors
from src.core.http import domain_router
from src.core.idempotency import IDEMPOTENCY_ERRORS, Idempotent
from src.core.identity import PrincipalDep
from src.core.limits import LimiterDep, TooManyRequestsError
from src.core.live import SignalsDep
from src.core.pagination import CursorPage, CursorRequest
from src.core.schemas import PathId
from src.messages import service
from src.messages.attachments.links import AttachmentLinksDep
from src.messages.exceptions import (
    BlockedError,
    ConversationNotFoundError,
    CustomerGoneError,
    NotACustomerError,
    StudioClosedError,
    UnblockFirstError,
    UnknownUploadError,
    UploadUsedError,
)
from src.messages.schemas import (
    ConversationFilter,
    ConversationMessages,
    ConversationRead,
    MessageCreate,
    MessageFilter,
    MessageRead,
    ReadUpTo,
    UnreadRead,
)
from src.teams.exceptions import PermissionMissingError

router = domain_router(tags=["messages"], prefix="/messages")

_CONVERSATION_ERRORS = (
    UnauthorizedError,
    PermissionMissingError,
    ConversationNotFoundError,
    ValidationFailedError,
)


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    response_model=MessageRead,
    operation_id="send_message",
    dependencies=[Idempotent],
    responses=errors(
        UnauthorizedError,
        PermissionMissingError,
        NotACustomerError,
        BlockedError,
        AddressNotFoundError,
        BookingNotFoundError,
        UnblockFirstError,
        StudioClosedError,
        CustomerGoneError,
        UploadUsedError,
        UnknownUploadError,
        ValidationFailedError,
        TooManyRequestsError,
        *IDEMPOTENCY_ERRORS,
    ),
)
async def send_message(
    body: MessageCreate,
    session: SessionDep,
    principal: PrincipalDep,
    limiter: LimiterDep,
    settings: SettingsDep,
    links: AttachmentLinksDep,
) -> MessageRead:
    """Writes to a studio (`address_id`), or for a studio to one of its customers (`customer_id` as well).

    Anybody may write to a published studio. A studio answers, and writes first only to who has booked there (403
    `not_a_customer`). Who was blocked gets 403 `blocked`. E-mail addresses and telephone numbers in the body are
    hidden from the other side until a booking of the customer there is confirmed; `is_masked` tells them so.
    """
    limits = service.Limits(limiter, settings)
    return await service.send(session, principal=principal, body=body, limits=limits, links=links)


@router.get(
    "",
    response_model=CursorPage[MessageRead],
    operation_id="find_messages",
    responses=errors(UnauthorizedError, ValidationFailedError),
)
async def find_messages(
    session: ReadSessionDep,
    principal: PrincipalDep,
    links: AttachmentLinksDep,
    wanted: Annotated[MessageFilter, Query()],
) -> CursorPage[MessageRead]:
    """Messages of all your conversations, newest first; `q` searches in them. What is hidden from you isn't found."""
    items, next_cursor = await service.find_messages(session, principal=principal, wanted=wanted, links=links)
    return CursorPage(items=items, next_cursor=next_cursor)


@router.get(
    "/unread",
    response_model=UnreadRead,
    operation_id="count_unread_messages",
    responses=errors(UnauthorizedError),
)
async def count_unread_messages(session: ReadSessionDep, principal: PrincipalDep) -> UnreadRead:
    """How many messages wait for you: those of studios that you write to, and those of customers of your studios.

    Of a studio they wait for its whole team: what one has read is read.
    """
    return await service.count_unread(session, principal=principal)


@router.get(
    "/conversations",
    response_model=CursorPage[ConversationRead],
    operation_id="list_conversations",
    responses=errors(UnauthorizedError, ValidationFailedError),
)
async def list_conversations(
    session: ReadSessionDep,
    principal: PrincipalDep,
    links: AttachmentLinksDep,
    wanted: Annotated[ConversationFilter, Query()],
) -> CursorPage[ConversationRead]:
    """Your conversations as a customer and those of studios that you answer for; the latest message comes first."""
    items, next_cursor = await service.list_conversations(
        session, principal=principal, wanted=wanted, links=links
    )
    return CursorPage(items=items, next_cursor=next_cursor)


@router.get(
    "/conversation/{customer_id}/{address_id}",
    response_model=ConversationMessages,
    operation_id="get_conversation",
    responses=errors(UnauthorizedError, ConversationNotFoundError, ValidationFailedError),
)
async def get_conversation(
    customer_id: PathId,
    address_id: PathId,
    session: ReadSessionDep,
    principal: PrincipalDep,
    links: AttachmentLinksDep,
    wanted: Annotated[CursorRequest, Query()],
) -> ConversationMessages:
    """The conversation of a customer and a studio, and its messages, newest first. 404 before the first message.

    Reading it here marks nothing as read: send `PATCH /messages/conversation/{conversation_id}/read` when the person
    has seen it.
    """
    return await service.get_conversation(
        session,
        principal=principal,
        customer_id=customer_id,
        address_id=address_id,
        wanted=wanted,
        links=links,
    )


@router.patch(
    "/conversation/{conversation_id}/read",
    status_code=HTTPStatus.NO_CONTENT,
    operation_id="mark_conversation_read",
    responses=errors(*_CONVERSATION_ERRORS),
)
async def mark_conversation_read(
    conversation_id: PathId, body: ReadUpTo, session: SessionDep, principal: PrincipalDep
) -> None:
    """Your side has read everything up to `message_id`. An older one than before changes nothing.

    For a studio it counts for the whole team. Both sides' streams get `conversation_read`.
    """
    await service.mark_read(
        session, principal=principal, conversation_id=conversation_id, message_id=body.message_id
    )


@router.post(
    "/conversation/{conversation_id}/typing",
    status_code=HTTPStatus.NO_CONTENT,
    operation_id="signal_typing",
    responses=errors(*_CONVERSATION_ERRORS, TooManyRequestsError),
)
async def signal_typing(
    conversation_id: PathId,
    database: DatabaseDep,
    principal: PrincipalDep,
    limiter: LimiterDep,
    signals: SignalsDep,
    settings: SettingsDep,
) -> None:
    """Shows the other side, if it is looking at this moment, that somebody is writing. Send it every few seconds.

    The stream of notifications gets it as `typing` with `conversation_id` and `side`; nothing is kept.
    """
    await service.signal_typing(
        database,
        principal=principal,
        conversation_id=conversation_id,
        limiter=limiter,
        signals=signals,
        settings=settings,
    )
