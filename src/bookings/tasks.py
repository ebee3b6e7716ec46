from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings import service
from src.core.tasks import transactional_task


@transactional_task("bookings.expire_holds")
async def expire_holds(session: AsyncSession) -> int:
    return await service.expire_holds(session)
