"""What the domain has against closing down what lies below it: `main` binds it there."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from src.appointments import repository
from src.core.personal_data import Obstacle


async def find_at_address(session: AsyncSession, address_id: int) -> list[Obstacle]:
    """Whoever has visitors to come tells them first."""
    return _standing_against(await repository.list_coming_at_address(session, address_id))


async def find_in_company(session: AsyncSession, company_id: int) -> list[Obstacle]:
    return _standing_against(await repository.list_coming_of_company(session, company_id))


def _standing_against(ids: Sequence[int]) -> list[Obstacle]:
    if not ids:
        return []
    return [
        Obstacle(
            code="upcoming_appointments",
            detail="There are visits that are not over; cancel them first, or wait.",
            ids=list(ids),
        )
    ]
