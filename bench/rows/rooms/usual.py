from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query
from sqlalchemy import Select, func, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from bench.usual_dependencies import SessionDep
from bench.usual_models import Address, Room
from src.core.pagination import Page
from src.rooms.schemas import RoomRead

router = APIRouter(prefix="/rooms", tags=["rooms"])


def _to_read(room: Room) -> dict[str, Any]:
    company = room.address.company
    return {
        **{name: getattr(room, name) for name in RoomRead.model_fields if hasattr(room, name)},
        "company_id": company.id,
        "timezone": room.address.timezone,
        "currency": company.currency,
        "cancellation_policy": room.cancellation_policy or company.cancellation_policy,
    }


@router.get("/{room_id}", response_model=RoomRead)
async def get_room(room_id: int, session: SessionDep) -> Any:
    room = await session.scalar(
        select(Room)
        .where(Room.id == room_id)
        .options(selectinload(Room.prices), joinedload(Room.address).joinedload(Address.company))
    )
    if room is None or room.status != "active" or room.address.status != "published":
        raise HTTPException(status_code=404, detail="Room not found")
    return _to_read(room)


@router.get("", response_model=Page[RoomRead])
async def list_rooms(
    session: SessionDep,
    address_id: int | None = None,
    city_id: int | None = None,
    page: Annotated[int, Query(ge=1)] = 1,
    size: Annotated[int, Query(ge=1, le=100)] = 20,
) -> Any:
    wanted = _public(address_id=address_id, city_id=city_id)
    total = await session.scalar(select(func.count()).select_from(wanted.subquery()))
    found = await session.scalars(
        wanted.options(selectinload(Room.prices), contains_eager(Room.address).joinedload(Address.company))
        .order_by(Room.id)
        .limit(size)
        .offset((page - 1) * size)
    )
    return {"items": [_to_read(room) for room in found], "total": total, "page": page, "size": size}


def _public(*, address_id: int | None, city_id: int | None) -> Select[Any]:
    wanted = select(Room).join(Room.address).where(Room.status == "active", Address.status == "published")
    if address_id is not None:
        wanted = wanted.where(Room.address_id == address_id)
    if city_id is not None:
        wanted = wanted.where(Address.city_id == city_id)
    return wanted
