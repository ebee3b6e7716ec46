from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from src.messages.blocks.models import Block
from src.messages.enums import Side


async def list_sides(session: AsyncSession, *, customer_id: int, company_id: int) -> Sequence[Side]:
    """The sides that want nothing from the other."""
    blocks = select(Block.side).where(Block.customer_id == customer_id, Block.company_id == company_id)
    return (await session.scalars(blocks)).all()


async def add(
    session: AsyncSession, *, customer_id: int, company_id: int, side: Side, blocked_by_id: int
) -> bool:
    """False when it stood before."""
    block = insert(Block).values(
        customer_id=customer_id, company_id=company_id, side=side, blocked_by_id=blocked_by_id
    )
    return await session.scalar(block.on_conflict_do_nothing().returning(Block.side)) is not None


async def remove(session: AsyncSession, *, customer_id: int, company_id: int, side: Side) -> bool:
    """False when there was none."""
    block = delete(Block).where(
        Block.customer_id == customer_id, Block.company_id == company_id, Block.side == side
    )
    return await session.scalar(block.returning(Block.side)) is not None
