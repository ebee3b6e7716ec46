from sqlalchemy.ext.asyncio import AsyncSession

from src.core.tasks import transactional_task
from src.rooms.search import service


@transactional_task("rooms.forget_past_days")
async def forget_past_days(session: AsyncSession) -> int:
    return await service.forget_past_days(session)
