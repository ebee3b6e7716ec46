"""What `auth` knows about a person, for their export and their deletion."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from src.auth import repository
from src.core.personal_data import written


async def export_sessions(session: AsyncSession, user_id: int) -> list[dict[str, Any]]:
    return [
        {
            "logged_in_at": written(item.created_at),
            "expires_at": written(item.expires_at),
            "ended_at": written(item.revoked_at),
            "user_agent": item.user_agent,
            "ip": item.ip,
        }
        for item in await repository.list_sessions_of(session, user_id)
    ]


async def export_identities(session: AsyncSession, user_id: int) -> list[dict[str, Any]]:
    return [
        {"issuer": item.issuer, "subject": item.subject, "connected_at": written(item.created_at)}
        for item in await repository.list_identities_of(session, user_id)
    ]
