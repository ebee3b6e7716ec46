from sqlalchemy.ext.asyncio import AsyncSession

from src.messages import repository
from src.users.events import UserDeleted


async def forget_contacts(session: AsyncSession, event: UserDeleted) -> None:
    """What they wrote stays with the studio; how they could be reached doesn't."""
    await repository.forget_contacts(session, event.user_id)
