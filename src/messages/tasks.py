from sqlalchemy.ext.asyncio import AsyncSession

from src.core.config import get_settings
from src.core.tasks import transactional_task
from src.messages import service


@transactional_task("messages.tell_unread")
async def tell_unread(session: AsyncSession) -> int:
    return await service.tell_unread(session, minutes=get_settings().unread_mail_minutes)
