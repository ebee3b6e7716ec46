"""What the domain knows about a person, for their export. It outlives them: contracts have to be kept."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from src.agreements import repository
from src.agreements.schemas import AcceptanceRead


async def export_acceptances(session: AsyncSession, user_id: int) -> list[dict[str, Any]]:
    """Which agreements the user has accepted, for either side."""
    return [
        AcceptanceRead.model_validate(row.Acceptance).model_dump(mode="json", exclude={"user_id"})
        | {
            "booking_id": row.Agreement.booking_id,
            "agreement": row.Agreement.number,
            "sha256": row.Agreement.sha256.hex(),
        }
        for row in await repository.list_acceptances_of(session, user_id)
    ]
