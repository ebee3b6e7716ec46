from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query
from sqlalchemy import or_, select

from bench.rows.bookings.usual import load_room, offer_of
from bench.usual_dependencies import SessionDep
from bench.usual_models import Occupancy
from src.calendars.service import Span
from src.core.clock import utc_now
from src.rooms.availability import free_time as availability
from src.rooms.availability.schemas import AvailabilityRead

router = APIRouter(prefix="/rooms", tags=["rooms"])


@router.get("/{room_id}/availability", response_model=AvailabilityRead)
async def get_availability(
    room_id: int, session: SessionDep, first: Annotated[date, Query(alias="from")], to: date
) -> Any:
    offer = offer_of(await load_room(session, room_id))
    window = availability.window(offer, first, to)
    taken = await session.scalars(
        select(Occupancy)
        .where(
            Occupancy.resource_id.in_(offer.resource_ids),
            Occupancy.starts_at < window.ends_at,
            Occupancy.ends_at > window.starts_at,
            or_(Occupancy.expires_at.is_(None), Occupancy.expires_at > utc_now()),
        )
        .order_by(Occupancy.starts_at)
    )
    days = availability.availability(
        offer,
        busy=[Span(occupancy.starts_at, occupancy.ends_at) for occupancy in taken],
        first=first,
        last=to,
        duration_minutes=offer.min_minutes,
        now=utc_now(),
    )
    return {"timezone": offer.zone.key, "days": [_to_read(day, offer.zone) for day in days]}


def _to_read(day: availability.DayAvailability, zone: Any) -> dict[str, Any]:
    return {
        "date": day.date,
        "free": [
            {"starts_at": span.starts_at.astimezone(zone), "ends_at": span.ends_at.astimezone(zone)}
            for span in day.free
        ],
        "starts": [start.astimezone(zone) for start in day.starts],
        "unavailable": None,
    }
