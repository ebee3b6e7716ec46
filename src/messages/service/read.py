"""What one sees: conversations, their messages, what is found in them, what is unread."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from src.core import events
from src.core.identity import Principal
from src.core.pagination import CursorRequest
from src.messages import policies, repository
from src.messages.attachments.links import AttachmentLinks
from src.messages.enums import Side
from src.messages.events import ConversationRead as ConversationReadEvent
from src.messages.exceptions import ConversationNotFoundError
from src.messages.repository import ConversationRow, MessageRow
from src.messages.schemas import (
    ConversationFilter,
    ConversationMessages,
    ConversationRead,
    MessageFilter,
    MessageRead,
    UnreadRead,
)
from src.messages.service.showing import show_mark
from src.messages.views import conversation_as_read, message_as_read
from src.teams.permissions import Permission


async def list_conversations(
    session: AsyncSession, *, principal: Principal, wanted: ConversationFilter, links: AttachmentLinks
) -> tuple[Sequence[ConversationRead], str | None]:
    """The one with the newest message first, and the cursor of the next page."""
    participant = policies.as_participant(principal)
    rows, next_cursor = await repository.list_conversations(session, participant, wanted)
    return await _as_read(session, rows, principal, links), next_cursor


async def find_messages(
    session: AsyncSession, *, principal: Principal, wanted: MessageFilter, links: AttachmentLinks
) -> tuple[Sequence[MessageRead], str | None]:
    """Of all conversations of the principal's, newest first, and the cursor of the next page."""
    participant = policies.as_participant(principal)
    rows, next_cursor = await repository.find_messages(session, participant, wanted)
    return _messages_as_read(rows, principal, links), next_cursor


async def get_conversation(
    session: AsyncSession,
    *,
    principal: Principal,
    customer_id: int,
    address_id: int,
    wanted: CursorRequest,
    links: AttachmentLinks,
) -> ConversationMessages:
    """Raises `ConversationNotFoundError`, also before the first message."""
    known = await repository.find_pair(session, customer_id=customer_id, address_id=address_id)
    if known is None:
        raise ConversationNotFoundError
    await require_side(session, principal=principal, conversation_id=known.id)
    details = await repository.get_details(session, known.id, principal.user_id)
    (conversation,) = await _as_read(session, [details], principal, links)
    rows, next_cursor = await repository.list_messages(session, known.id, wanted)
    return ConversationMessages(
        conversation=conversation,
        items=_messages_as_read(rows, principal, links),
        next_cursor=next_cursor,
    )


async def mark_read(
    session: AsyncSession, *, principal: Principal, conversation_id: int, message_id: int
) -> None:
    """For the principal's side: of the studio, for its whole team. Never takes back what was read.

    Locks what counts the live events of both sides. Raises `ConversationNotFoundError`, `PermissionMissingError`.
    """
    side = await require_side(
        session,
        principal=principal,
        conversation_id=conversation_id,
        permission=Permission.ANSWER_MESSAGES,
    )
    mark = await repository.mark_read(
        session,
        conversation_id=conversation_id,
        side=side,
        up_to=message_id,
        reader_id=principal.user_id,
    )
    if mark is not None:
        await events.publish(
            session,
            ConversationReadEvent(
                conversation_id=conversation_id, reader_id=principal.user_id, message_id=mark
            ),
        )
        await show_mark(session, conversation_id=conversation_id, side=side, message_id=mark)


async def count_unread(session: AsyncSession, *, principal: Principal) -> UnreadRead:
    counts = await repository.count_unread(session, policies.as_participant(principal))
    as_customer, as_studio = counts.get(Side.CUSTOMER, 0), counts.get(Side.STUDIO, 0)
    return UnreadRead(unread=as_customer + as_studio, as_customer=as_customer, as_studio=as_studio)


async def require_side(
    session: AsyncSession,
    *,
    principal: Principal,
    conversation_id: int,
    permission: Permission = Permission.READ_MESSAGES,
) -> Side:
    """Raises `ConversationNotFoundError`, `PermissionMissingError`."""
    found = await repository.find_conversation(session, conversation_id)
    if found is None:
        raise ConversationNotFoundError
    return await policies.side_of(
        session, principal=principal, conversation=found[0], address=found[1], permission=permission
    )


async def _as_read(
    session: AsyncSession, rows: Sequence[ConversationRow], principal: Principal, links: AttachmentLinks
) -> list[ConversationRead]:
    newest = await repository.get_messages(session, [row[0].last_message_id for row in rows])
    last_messages = {row[0].id: row for row in newest}
    return [
        conversation_as_read(
            row, last_messages[row[0].last_message_id], user_id=principal.user_id, links=links
        )
        for row in rows
    ]


def _messages_as_read(
    rows: Sequence[MessageRow], principal: Principal, links: AttachmentLinks
) -> list[MessageRead]:
    return [message_as_read(row, user_id=principal.user_id, links=links) for row in rows]
