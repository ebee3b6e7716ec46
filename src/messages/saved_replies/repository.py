from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from src.messages.saved_replies.models import SavedReply


def of_company(company_id: int) -> Select[SavedReply]:
    """By their titles."""
    replies = select(SavedReply).where(SavedReply.company_id == company_id)
    return replies.order_by(func.lower(SavedReply.title))


async def insert(session: AsyncSession, reply: SavedReply) -> None:
    session.add(reply)
    await session.flush()


async def find_locked(session: AsyncSession, *, company_id: int, reply_id: int) -> SavedReply | None:
    reply = select(SavedReply).where(SavedReply.id == reply_id, SavedReply.company_id == company_id)
    return await session.scalar(reply.with_for_update(), execution_options={"populate_existing": True})


async def delete(session: AsyncSession, reply: SavedReply) -> None:
    await session.delete(reply)
    await session.flush()
