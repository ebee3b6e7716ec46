from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from src.admin import repository
from src.core.personal_data import written


async def export_actions(session: AsyncSession, user_id: int) -> list[dict[str, Any]]:
    """What they did as an administrator of the platform. It stays when they leave, with an account without a name."""
    return [
        {
            "subject": done.subject,
            "subject_id": done.subject_id,
            "action": done.action,
            "created_at": written(done.created_at),
        }
        for done in await repository.list_of_actor(session, user_id)
    ]
