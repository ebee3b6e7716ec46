"""What the domains below ask of a company's bookings; `main` binds it."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings import repository
from src.bookings.obstacles import standing_against
from src.core.personal_data import Obstacle
from src.events import service as hosted


async def find_obstacles_to_closing(session: AsyncSession, company_id: int) -> Sequence[Obstacle]:
    """Whoever has a booking to come can rely on it. None is being made meanwhile: the company's row is locked."""
    return standing_against(
        bookings=await repository.list_coming_of_company(session, company_id),
        events=await hosted.list_coming_of_company(session, company_id),
    )
