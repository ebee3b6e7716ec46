from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from src.rooms.models import RoomPhoto


async def list_photos(session: AsyncSession, room_id: int) -> Sequence[RoomPhoto]:
    photos = select(RoomPhoto).where(RoomPhoto.room_id == room_id).order_by(RoomPhoto.position)
    return (await session.scalars(photos)).all()


async def insert_photo(session: AsyncSession, **values: Any) -> RoomPhoto:
    photo = RoomPhoto(**values)
    session.add(photo)
    await session.flush()
    return photo
