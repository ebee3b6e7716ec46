"""How far each side has read, and what is unread behind its mark."""

from collections.abc import Sequence

from sqlalchemy import (
    exists,
    func,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from src.core.identity import Principal
from src.messages.enums import Side
from src.messages.models import Conversation, ConversationReader, Message
from src.messages.repository.scope import in_scope, side_of


async def mark_read(
    session: AsyncSession, *, conversation_id: int, side: Side, up_to: int, reader_id: int
) -> int | None:
    """The side's new mark; None when it had read as far before. It only ever grows: of two at once the farther
    stands. What isn't there yet can't be read.
    """
    reached = func.least(ConversationReader.latest_message_id, up_to)
    grown = (
        update(ConversationReader)
        .where(
            ConversationReader.conversation_id == conversation_id,
            ConversationReader.side == side,
            ConversationReader.last_read_message_id < reached,
        )
        .values(last_read_message_id=reached, last_read_at=func.clock_timestamp(), read_by_id=reader_id)
    )
    return await session.scalar(grown.returning(ConversationReader.last_read_message_id))


async def note_newest(session: AsyncSession, conversation: Conversation, message: Message) -> None:
    """For the order of conversations, and for the other side to read."""
    conversation.last_message_id = message.id
    await session.flush()
    await session.execute(
        update(ConversationReader)
        .where(
            ConversationReader.conversation_id == conversation.id,
            ConversationReader.side == message.side.other,
        )
        .values(latest_message_id=message.id)
    )


async def count_unread(session: AsyncSession, principal: Principal) -> dict[Side, int]:
    """Messages, by the side on which the principal is to read them."""
    side = side_of(principal.user_id)
    counted = (
        select(ConversationReader.side, func.count(Message.id))
        .join(Conversation, Conversation.id == ConversationReader.conversation_id)
        .join(Message, Message.conversation_id == Conversation.id)
        .where(
            await in_scope(session, principal),
            ConversationReader.side == side,
            ConversationReader.last_read_message_id < ConversationReader.latest_message_id,
            Message.id > ConversationReader.last_read_message_id,
            Message.side != ConversationReader.side,
        )
        .group_by(ConversationReader.side)
    )
    return {row[0]: row[1] for row in await session.execute(counted)}


async def count_behind_mark(session: AsyncSession, message: Message) -> int:
    """How many messages of its side the other side has yet to read."""
    reader = ConversationReader
    unread = (
        select(func.count(Message.id))
        .join(reader, reader.conversation_id == Message.conversation_id)
        .where(
            Message.conversation_id == message.conversation_id,
            Message.side == message.side,
            reader.side == message.side.other,
            Message.id > reader.last_read_message_id,
        )
    )
    return await session.scalar(unread) or 0


async def take_untold(session: AsyncSession, *, minutes: int, limit: int) -> Sequence[int]:
    """Newest messages of sides of which something has waited so long unread, since when no mail has told of any.

    They count as told from now on, until that side has read them. Rows that somebody else works on are left out.
    """
    reader = ConversationReader
    waits = exists().where(
        Message.conversation_id == reader.conversation_id,
        Message.id > reader.last_read_message_id,
        Message.side != reader.side,
        Message.created_at < func.clock_timestamp() - func.make_interval(0, 0, 0, 0, 0, minutes),
    )
    due = (
        select(reader)
        .where(
            reader.last_read_message_id < reader.latest_message_id,
            reader.told_message_id <= reader.last_read_message_id,
            waits,
        )
        .order_by(reader.latest_message_id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    found = (await session.scalars(due)).all()
    for row in found:
        row.told_message_id = row.latest_message_id
    await session.flush()
    return [row.latest_message_id for row in found]
