"""What the domain knows about a person, for their export. What becomes of it when they go: `handlers`."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from src.appointments import repository
from src.appointments.service.read import as_read


async def export_appointments(session: AsyncSession, user_id: int) -> list[dict[str, Any]]:
    """The user's own visits, every one, with what they wrote to the studio."""
    rows = await repository.list_all_of_customer(session, user_id)
    return [as_read(row).model_dump(mode="json") for row in rows]
