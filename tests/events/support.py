from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from src import invariants
from tests.factories.world import Person, Studio, created


def evening(studio: Studio, *, days_ahead: int = 30, hour: int = 18, **changes: Any) -> dict[str, Any]:
    """The body of an event of two hours, in studio-local time."""
    day = (datetime.now(UTC) + timedelta(days=days_ahead)).replace(
        hour=hour, minute=0, second=0, microsecond=0, tzinfo=None
    )
    return {
        "room_id": studio.room_id,
        "title": "Drum clinic",
        "starts_at": day.isoformat(),
        "ends_at": (day + timedelta(hours=2)).isoformat(),
        "capacity": 3,
        "seat_amount": 1500,
        **changes,
    }


async def host(studio: Studio, **changes: Any) -> dict[str, Any]:
    return await created(studio.owner.post("/events", evening(studio, **changes)))


async def seat(customer: Person, event: dict[str, Any], seats: int = 1) -> dict[str, Any]:
    return await created(customer.post(f"/events/{event['id']}/seats", {"seats": seats}))


async def assert_invariants(session: AsyncSession) -> None:
    broken = await invariants.check(session)
    assert broken == {}, broken
