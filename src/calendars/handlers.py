from sqlalchemy.ext.asyncio import AsyncSession

from src.calendars.feeds import service as feeds
from src.users.events import UserDeleted


async def forget_feeds(session: AsyncSession, event: UserDeleted) -> None:
    await feeds.close_all_of(session, user_id=event.user_id)
