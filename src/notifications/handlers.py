from sqlalchemy.ext.asyncio import AsyncSession

from src.notifications import service
from src.notifications.delivery import tell
from src.users.events import UserDeleted

__all__ = ["forget_user", "tell"]


async def forget_user(session: AsyncSession, event: UserDeleted) -> None:
    await service.forget_user(session, user_id=event.user_id)
