from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from src.core.pagination import PageRequest, paginate
from src.rooms.models import RoomBlock


async def insert_block(session: AsyncSession, **values: Any) -> RoomBlock:
    block = RoomBlock(**values)
    session.add(block)
    await session.flush()
    return block


async def find_block(session: AsyncSession, *, room_id: int, block_id: int) -> RoomBlock | None:
    block = select(RoomBlock).where(RoomBlock.id == block_id, RoomBlock.room_id == room_id)
    return (await session.scalars(block)).one_or_none()


async def delete_block(session: AsyncSession, block: RoomBlock) -> None:
    await session.delete(block)
    await session.flush()


async def list_blocks(
    session: AsyncSession,
    *,
    room_id: int,
    ends_after: datetime | None,
    starts_before: datetime | None,
    page: PageRequest,
) -> tuple[Sequence[RoomBlock], int]:
    blocks = select(RoomBlock).where(RoomBlock.room_id == room_id)
    if ends_after is not None:
        blocks = blocks.where(RoomBlock.ends_at > ends_after)
    if starts_before is not None:
        blocks = blocks.where(RoomBlock.starts_at < starts_before)
    return await paginate(session, blocks.order_by(RoomBlock.starts_at, RoomBlock.id), page)
