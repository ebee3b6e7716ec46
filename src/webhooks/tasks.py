from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from src.core.config import get_settings
from src.core.database import Database
from src.core.tasks import database_task, transactional_task
from src.webhooks import delivery, service


@database_task("webhooks.deliver_due")
async def deliver_due(database: Database) -> int:
    return await delivery.deliver_due(database, settings=get_settings())


@transactional_task("webhooks.forget_old")
async def forget_old(session: AsyncSession) -> int:
    return await service.forget_old(session, older_than=timedelta(days=get_settings().webhook_log_days))
