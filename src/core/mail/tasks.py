from sqlalchemy.ext.asyncio import AsyncSession

from src.core.config import get_settings
from src.core.database import Database
from src.core.mail import service
from src.core.mail.transports import transport_from
from src.core.tasks import database_task, transactional_task


@database_task("core.deliver_mails")
async def deliver_mails(database: Database) -> int:
    settings = get_settings()
    return await service.deliver_due(
        database,
        transport=transport_from(settings),
        secret=settings.secret_key.get_secret_value(),
        urls={"frontend": settings.frontend_url, "api": settings.public_url},
    )


@transactional_task("core.forget_mails")
async def forget_mails(session: AsyncSession) -> int:
    return await service.forget_old(session, days=get_settings().mail_retention_days)
