"""What the domain knows about a person, for their export and when they leave."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from src.calendars import service as calendars
from src.core.personal_data import written
from src.teams import repository
from src.teams.invitations import repository as invitations
from src.teams.professionals import repository as professionals
from src.users import service as users


async def export_memberships(session: AsyncSession, user_id: int) -> list[dict[str, Any]]:
    """Present and past ones."""
    return [
        {
            "id": member.id,
            "company_id": member.company_id,
            "company": company,
            "role": member.role,
            "address_ids": member.address_ids,
            "since": written(member.created_at),
            "removed_at": written(member.removed_at),
        }
        for member, company in await repository.list_memberships(session, user_id)
    ]


async def forget(session: AsyncSession, user_id: int) -> None:
    """They leave every team, their time off is nobody's business, and nobody has invited them."""
    user = await users.get_user(session, user_id=user_id)
    await invitations.forget_all_to(session, user.email)
    for claim_id in await professionals.remove_all_time_off(session, user_id):
        await calendars.release(session, claim_id=claim_id)
    await repository.remove_everywhere(session, user_id)
