"""Visits for tests: of a desk that receives daily from 10 to 16, half an hour each, on request."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from sqlalchemy import text

from src.core.database import Database
from tests.factories.world import Person, Studio, created, ok

DAILY = [{"weekday": day, "opens": "10:00", "closes": "16:00"} for day in range(7)]


async def receive(studio: Studio, **terms: Any) -> dict[str, Any]:
    """The studio offers visits from now on."""
    path = f"/addresses/{studio.address['id']}/visiting-hours"
    return await ok(studio.owner.put(path, {"hours": DAILY, **terms}))


def visit(studio: Studio, *, days_ahead: int = 30, hour: int = 12, minute: int = 0) -> dict[str, Any]:
    """An appointment's body in studio-local time."""
    day = (datetime.now(UTC) + timedelta(days=days_ahead)).date()
    starts_at = datetime.combine(day, time(hour, minute))
    return {"address_id": studio.address["id"], "starts_at": starts_at.isoformat()}


async def book(studio: Studio, customer: Person, **when: int) -> dict[str, Any]:
    return await created(customer.post("/appointments", visit(studio, **when)))


async def set_status(person: Person, appointment: dict[str, Any], status: str, **more: Any) -> Any:
    return await person.patch(f"/appointments/{appointment['id']}/status", {"status": status, **more})


async def reschedule(person: Person, appointment: dict[str, Any], to: dict[str, Any], **more: Any) -> Any:
    body = {"starts_at": to["starts_at"], **more}
    return await person.patch(f"/appointments/{appointment['id']}/reschedule", body)


async def let_it_begin(
    database: Database, appointment: dict[str, Any], *, ago: timedelta = timedelta(minutes=1)
) -> None:
    """As if its time had come, that long ago."""
    async with database.transaction() as session:
        gone = text("SELECT starts_at - now() + CAST(:ago AS interval) FROM appointments WHERE id = :id")
        shift = {"id": appointment["id"], "ago": ago}
        shift["by"] = await session.scalar(gone, shift)
        times = "starts_at = starts_at - CAST(:by AS interval), ends_at = ends_at - CAST(:by AS interval)"
        claim = "(SELECT claim_id FROM appointments WHERE id = :id)"
        for table, which in (("occupancies", f"claim_id = {claim}"), ("appointments", "id = :id")):
            await session.execute(
                text(f"UPDATE {table} SET {times} WHERE {which}"), {"id": shift["id"], "by": shift["by"]}
            )


async def free_starts(person: Person, studio: Studio, day: str) -> list[str]:
    """Times of day, as the studio's clock shows them."""
    next_day = (datetime.fromisoformat(day) + timedelta(days=1)).date().isoformat()
    period = {"from": day, "to": next_day}
    found = await ok(person.get(f"/addresses/{studio.address['id']}/visiting-times", params=period))
    [only] = found["days"]
    return [start[11:16] for start in only["starts"]]


async def history_of(person: Person, appointment: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await person.get(f"/appointments/{appointment['id']}/history")
    assert answer.status_code == 200, answer.text
    moves: list[dict[str, Any]] = answer.json()
    return moves
