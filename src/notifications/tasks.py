from sqlalchemy.ext.asyncio import AsyncSession

from src.core.config import get_settings
from src.core.tasks import transactional_task
from src.notifications import service


@transactional_task("notifications.forget_old")
async def forget_old(session: AsyncSession) -> int:
    return await service.forget_old(session, settings=get_settings())
