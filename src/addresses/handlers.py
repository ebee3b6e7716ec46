from sqlalchemy.ext.asyncio import AsyncSession

from src.addresses import repository
from src.users.events import UserDeleted


async def forget_favorites(session: AsyncSession, event: UserDeleted) -> None:
    await repository.remove_favorites(session, event.user_id)
