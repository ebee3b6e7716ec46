"""What a side leaves unread is told once for each conversation, until it is read again."""

from sqlalchemy.ext.asyncio import AsyncSession

from src.core import events
from src.messages import repository
from src.messages.events import MessageUnread

BATCH = 100


async def tell_unread(session: AsyncSession, *, minutes: int) -> int:
    """Publishes `MessageUnread` for each side that has left something unread for so long; returns how many."""
    message_ids = await repository.take_untold(session, minutes=minutes, limit=BATCH)
    for message_id in message_ids:
        await events.publish(session, MessageUnread(message_id=message_id))
    return len(message_ids)
