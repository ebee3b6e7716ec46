"""Photos of a studio's news."""

from fastapi import UploadFile
from sqlalchemy.ext.asyncio import AsyncSession

from src.addresses.updates.exceptions import TooManyPhotosError, UpdatePhotoNotFoundError
from src.addresses.updates.models import UpdatePhoto
from src.addresses.updates.schemas import MOST_PHOTOS, UpdateRead
from src.addresses.updates.service import get_locked, managed, record
from src.core import uploads
from src.core.database import Database
from src.core.identity import Principal
from src.core.storage import Storage


async def add_photo(
    database: Database,
    *,
    storage: Storage,
    principal: Principal,
    address_id: int,
    update_id: int,
    file: UploadFile,
) -> UpdateRead:
    """Puts it last. Raises `UpdateNotFoundError`, `TooManyPhotosError` and `uploads.UPLOAD_ERRORS`."""
    async with database.transaction() as session:
        await get_locked(session, await managed(session, principal, address_id), update_id)
    key = await uploads.store_image(database, storage=storage, file=file, folder=f"addresses/{address_id}")
    async with database.transaction() as session:
        # Again: encoding takes a while, and a right that was taken away counts at once.
        address = await managed(session, principal, address_id)
        update = await get_locked(session, address, update_id)
        if len(update.photos) >= MOST_PHOTOS:
            raise TooManyPhotosError
        await uploads.attach(session, key=key, replaces=None)
        position = update.photos[-1].position + 1 if update.photos else 0
        update.photos.append(UpdatePhoto(position=position, photo=key))
        await session.flush()
        await record(session, principal, address, update, "photo_added", {"photo": (None, key)})
        return UpdateRead.model_validate(update)


async def remove_photo(
    session: AsyncSession, *, principal: Principal, address_id: int, update_id: int, photo_id: int
) -> None:
    """Raises `UpdateNotFoundError`, `UpdatePhotoNotFoundError`."""
    address = await managed(session, principal, address_id)
    update = await get_locked(session, address, update_id)
    photo = next((photo for photo in update.photos if photo.id == photo_id), None)
    if photo is None:
        raise UpdatePhotoNotFoundError
    await uploads.detach(session, key=photo.photo)
    update.photos.remove(photo)
    await session.flush()
    await record(session, principal, address, update, "photo_removed", {"photo": (photo.photo, None)})
