from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from src.core.uploads import StoredFile
from src.messages.models import MessageAttachment


async def list_stored(session: AsyncSession, keys: Sequence[str]) -> Sequence[StoredFile]:
    return (await session.scalars(select(StoredFile).where(StoredFile.key.in_(keys)))).all()


async def find(session: AsyncSession, attachment_id: int) -> MessageAttachment | None:
    return await session.get(MessageAttachment, attachment_id)
