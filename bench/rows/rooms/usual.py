from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query
from sqlalchemy import Select, func, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from bench.rows.rooms.bare import MEDIA
from bench.usual_dependencies import SessionDep
from bench.usual_models import Address, Occupancy, Room, RoomPhoto, RoomPrice
from src.core.media import ImageRead
from src.rooms.schemas import RoomRead
from src.rooms.search.schemas import RoomsFound

WITH_ALL = [selectinload(related) for related in (Room.prices, Room.price_rules, Room.parts, Room.photos)]

router = APIRouter(prefix="/rooms", tags=["rooms"])


def _to_read(room: Room) -> dict[str, Any]:
    company = room.address.company
    return {
        **{name: getattr(room, name) for name in RoomRead.model_fields if hasattr(room, name)},
        "area_m2": room.area_dm2 / 100 if room.area_dm2 is not None else None,
        "part_ids": [part.part_id for part in room.parts],
        "photos": [_photo(photo) for photo in room.photos],
        "company_id": company.id,
        "timezone": room.address.timezone,
        "currency": company.currency,
        "cancellation_tiers": None,  # no room of the bench has its own
        "cancellation_policy": room.cancellation_policy or company.cancellation_policy,
    }


def _photo(photo: RoomPhoto) -> dict[str, Any]:
    return {"id": photo.id, **{size: f"{MEDIA}/{photo.key}/{size}.webp" for size in ImageRead.model_fields}}


@router.get("/{room_id}", response_model=RoomRead)
async def get_room(room_id: int, session: SessionDep) -> Any:
    room = await session.scalar(
        select(Room)
        .where(Room.id == room_id)
        .options(*WITH_ALL, joinedload(Room.address).joinedload(Address.company))
    )
    if room is None or room.status != "active" or room.address.status != "published":
        raise HTTPException(status_code=404, detail="Room not found")
    return _to_read(room)


@router.get("", response_model=RoomsFound)
async def list_rooms(
    session: SessionDep,
    address_id: int | None = None,
    city_id: int | None = None,
    free_from: datetime | None = None,
    free_to: datetime | None = None,
    sort: str = "id",
    page: Annotated[int, Query(ge=1)] = 1,
    size: Annotated[int, Query(ge=1, le=100)] = 20,
) -> Any:
    wanted = _public(address_id=address_id, city_id=city_id)
    if free_from is not None and free_to is not None:
        overlapping = select(Occupancy.id).where(
            Occupancy.resource_id == Room.resource_id,
            Occupancy.starts_at < free_to,
            Occupancy.ends_at > free_from,
        )
        wanted = wanted.where(~overlapping.exists())
    cheapest = select(func.min(RoomPrice.amount * 60 / RoomPrice.duration_minutes)).where(
        RoomPrice.room_id == Room.id
    )
    order = [cheapest.scalar_subquery(), Room.id] if sort == "price" else [Room.id]
    total = await session.scalar(select(func.count()).select_from(wanted.subquery()))
    found = await session.scalars(
        wanted.options(*WITH_ALL, contains_eager(Room.address).joinedload(Address.company))
        .order_by(*order)
        .limit(size)
        .offset((page - 1) * size)
    )
    return {
        "items": [_to_read(room) for room in found],
        "total": total,
        "total_is_capped": False,
        "page": page,
        "size": size,
    }


def _public(*, address_id: int | None, city_id: int | None) -> Select[Any]:
    wanted = select(Room).join(Room.address).where(Room.status == "active", Address.status == "published")
    if address_id is not None:
        wanted = wanted.where(Room.address_id == address_id)
    if city_id is not None:
        wanted = wanted.where(Address.city_id == city_id)
    return wanted
