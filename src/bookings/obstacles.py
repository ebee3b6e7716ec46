"""What the domain has against closing down what lies below it: `main` binds it there."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings import repository
from src.core.personal_data import Obstacle
from src.events import service as hosted


async def find_at_address(session: AsyncSession, address_id: int) -> list[Obstacle]:
    """Whoever has a studio decides about the time that is sold there before closing it down."""
    return standing_against(
        bookings=await repository.list_coming_at_address(session, address_id),
        events=await hosted.list_coming_at_address(session, address_id),
    )


def standing_against(*, bookings: Sequence[int], events: Sequence[int]) -> list[Obstacle]:
    obstacles = [
        Obstacle(
            code="upcoming_bookings",
            detail="There are bookings that are not over; cancel them first, or wait.",
            ids=list(bookings),
        ),
        Obstacle(
            code="upcoming_events",
            detail="There are events that are not over; cancel them first, or wait.",
            ids=list(events),
        ),
    ]
    return [obstacle for obstacle in obstacles if obstacle.ids]
