from collections.abc import Iterable

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from src.rooms.models import Room, RoomPart


async def list_room_ids(session: AsyncSession, address_id: int) -> set[int]:
    return set(await session.scalars(select(Room.id).where(Room.address_id == address_id)))


async def list_parts(session: AsyncSession, address_id: int) -> dict[int, set[int]]:
    """Of each whole of the studio."""
    parts: dict[int, set[int]] = {}
    for part in await session.scalars(select(RoomPart).where(RoomPart.address_id == address_id)):
        parts.setdefault(part.whole_id, set()).add(part.part_id)
    return parts


async def replace_parts(session: AsyncSession, *, room: Room, part_ids: Iterable[int]) -> None:
    await session.execute(delete(RoomPart).where(RoomPart.whole_id == room.id))
    session.add_all(
        RoomPart(whole_id=room.id, address_id=room.address_id, part_id=part_id) for part_id in part_ids
    )
    await session.flush()
