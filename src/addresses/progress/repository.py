from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from src.addresses.progress.models import Milestone


async def list_milestones(session: AsyncSession, address_id: int) -> list[Milestone]:
    milestones = select(Milestone).where(Milestone.address_id == address_id).order_by(Milestone.position)
    return list(await session.scalars(milestones))


async def replace_milestones(
    session: AsyncSession, *, address_id: int, milestones: Sequence[Milestone]
) -> None:
    await session.execute(delete(Milestone).where(Milestone.address_id == address_id))
    session.add_all(milestones)
    await session.flush()
