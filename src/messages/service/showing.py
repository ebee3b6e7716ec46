"""What open streams show of a conversation at once, to both sides: whoever acts has other devices, and colleagues.

Both are called at the end of a transaction: `live.append` locks.
"""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from src.core import live
from src.messages.enums import Side
from src.messages.repository import MessageRow
from src.messages.service.facts import list_people
from src.messages.views import message_as_shown


async def show_message(session: AsyncSession, row: MessageRow) -> None:
    """To each side as it may read the message."""
    conversation_id = row[0].conversation_id
    news: dict[int, dict[str, Any]] = {}
    for side in Side:
        shown = message_as_shown(row, side=side)
        news |= dict.fromkeys(await list_people(session, conversation_id=conversation_id, side=side), shown)
    await live.append(session, kind="message", news=news)


async def show_mark(session: AsyncSession, *, conversation_id: int, side: Side, message_id: int) -> None:
    """`side` has read everything up to the message."""
    shown = {"conversation_id": conversation_id, "side": side, "message_id": message_id}
    people = [
        user_id
        for each in Side
        for user_id in await list_people(session, conversation_id=conversation_id, side=each)
    ]
    await live.append(session, kind="conversation_read", news=dict.fromkeys(people, shown))
