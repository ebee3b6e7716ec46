"""The photos of a room, in the order in which they are shown."""

from collections.abc import Sequence
from typing import Any

from fastapi import UploadFile
from sqlalchemy.ext.asyncio import AsyncSession

from src.addresses.models import Address
from src.companies import audit
from src.core import uploads
from src.core.database import Database
from src.core.identity import Principal
from src.core.media import image_of
from src.core.storage import Storage
from src.rooms import policies
from src.rooms import service as rooms
from src.rooms.exceptions import PhotoNotFoundError, PhotoOrderError, TooManyPhotosError
from src.rooms.models import MOST_PHOTOS, RoomPhoto
from src.rooms.photos import repository
from src.rooms.photos.schemas import PhotoOrder, PhotoRead
from src.teams.permissions import Permission


async def add_photo(
    database: Database, *, storage: Storage, principal: Principal, room_id: int, file: UploadFile
) -> PhotoRead:
    """Comes last; of several at once each gets a place of its own.

    Raises `RoomNotFoundError`, `PermissionMissingError`, `TooManyPhotosError` and `uploads.UPLOAD_ERRORS`.
    """
    async with database.reading() as session:
        await policies.require(
            session, principal=principal, room_id=room_id, permission=Permission.EDIT_ROOMS
        )
        _refuse_more(await repository.list_photos(session, room_id))
    key = await uploads.store_image(database, storage=storage, file=file, folder=f"rooms/{room_id}")
    async with database.transaction() as session:
        # Again: encoding takes a while, and a right that was taken away counts at once.
        _, address = await policies.get_managed(
            session, principal=principal, room_id=room_id, permission=Permission.EDIT_ROOMS
        )
        photos = await repository.list_photos(session, room_id)
        _refuse_more(photos)
        await uploads.attach(session, key=key, replaces=None)
        photo = await repository.insert_photo(session, room_id=room_id, position=len(photos), key=key)
        await _record(
            session, principal, address, "room.photo_added", room_id, {"photo_id": (None, photo.id)}
        )
    return PhotoRead(id=photo.id, **image_of(key).model_dump())


async def order_photos(session: AsyncSession, *, principal: Principal, room_id: int, body: PhotoOrder) -> str:
    """Returns the room as JSON. Raises `PhotoOrderError`."""
    _, address = await policies.get_managed(
        session, principal=principal, room_id=room_id, permission=Permission.EDIT_ROOMS
    )
    photos = {photo.id: photo for photo in await repository.list_photos(session, room_id)}
    if sorted(body.photo_ids) != sorted(photos):
        raise PhotoOrderError
    await _put(session, [photos[photo_id] for photo_id in body.photo_ids])
    changes = {"photo_ids": (list(photos), body.photo_ids)}
    await _record(session, principal, address, "room.photos_ordered", room_id, changes)
    return await rooms.document(session, room_id)


async def remove_photo(session: AsyncSession, *, principal: Principal, room_id: int, photo_id: int) -> None:
    """Those behind it move up. Raises `PhotoNotFoundError`."""
    _, address = await policies.get_managed(
        session, principal=principal, room_id=room_id, permission=Permission.EDIT_ROOMS
    )
    photos = await repository.list_photos(session, room_id)
    photo = next((photo for photo in photos if photo.id == photo_id), None)
    if photo is None:
        raise PhotoNotFoundError
    await uploads.detach(session, key=photo.key)
    await session.delete(photo)
    await _put(session, [other for other in photos if other is not photo])
    await _record(session, principal, address, "room.photo_removed", room_id, {"photo_id": (photo_id, None)})


async def _put(session: AsyncSession, photos: Sequence[RoomPhoto]) -> None:
    """In this order; the database looks whether two have one place when the transaction ends."""
    for position, photo in enumerate(photos):
        photo.position = position
    await session.flush()


def _refuse_more(photos: Sequence[RoomPhoto]) -> None:
    if len(photos) >= MOST_PHOTOS:
        raise TooManyPhotosError


async def _record(
    session: AsyncSession,
    principal: Principal,
    address: Address,
    action: str,
    room_id: int,
    changes: dict[str, tuple[Any, Any]],
) -> None:
    await audit.record(
        session,
        principal=principal,
        company_id=address.company_id,
        action=action,
        subject_id=room_id,
        changes=changes,
    )
