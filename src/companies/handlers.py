from sqlalchemy.ext.asyncio import AsyncSession

from src.companies import repository
from src.users.events import UserDeleted


async def forget_admin(session: AsyncSession, event: UserDeleted) -> None:
    await repository.remove_admin_everywhere(session, event.user_id)
