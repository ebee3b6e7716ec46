from sqlalchemy.ext.asyncio import AsyncSession

from src.appointments import service
from src.core.clock import utc_now
from src.core.tasks import transactional_task


@transactional_task("appointments.settle_past")
async def settle_past(session: AsyncSession) -> int:
    return await service.settle_past_appointments(session, now=utc_now())


@transactional_task("appointments.remind")
async def remind(session: AsyncSession) -> int:
    return await service.remind(session)
