"""What the domain knows about a person, for their export and their deletion."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings import repository
from src.bookings.service.read import as_read
from src.companies import service as companies
from src.core.personal_data import Obstacle


async def export_bookings(session: AsyncSession, user_id: int) -> list[dict[str, Any]]:
    """The user's own bookings, every one, with what was agreed and what has become of them."""
    rows = await repository.list_all_of_customer(session, user_id)
    return [as_read(row).model_dump(mode="json") for row in rows]


async def find_obstacles(session: AsyncSession, user_id: int) -> list[Obstacle]:
    """Whoever still has time coming decides about it first, and sees what a cancellation pays back."""
    company_ids = await companies.list_solely_administered(session, user_id=user_id)
    obstacles = [
        Obstacle(
            code="upcoming_bookings",
            detail="You have bookings that are not over; cancel them first, or wait.",
            ids=list(await repository.list_coming_of_customer(session, user_id)),
        ),
        Obstacle(
            code="company_has_bookings",
            detail="You are the last admin of companies with bookings that are not over;"
            " name another admin, or cancel these first.",
            ids=list(await repository.list_companies_with_coming(session, company_ids)),
        ),
    ]
    return [obstacle for obstacle in obstacles if obstacle.ids]
