"""The photo of a person."""

from fastapi import UploadFile
from sqlalchemy.ext.asyncio import AsyncSession

from src.core import uploads
from src.core.database import Database
from src.core.storage import Storage
from src.users import repository
from src.users.exceptions import UserNotFoundError
from src.users.models import User


async def set_photo(database: Database, *, storage: Storage, user_id: int, file: UploadFile) -> User:
    """Of two at once the later one stays and the other is deleted. Raises `uploads.UPLOAD_ERRORS`."""
    key = await uploads.store_image(database, storage=storage, file=file, folder=f"users/{user_id}")
    async with database.transaction() as session:
        user = await _locked(session, user_id)
        await uploads.attach(session, key=key, replaces=user.photo)
        user.photo = key
        await session.flush()
        await session.refresh(user)
    return user


async def remove_photo(session: AsyncSession, *, user_id: int) -> None:
    """Does nothing when there is none."""
    user = await _locked(session, user_id)
    await uploads.detach(session, key=user.photo)
    user.photo = None
    await session.flush()


async def _locked(session: AsyncSession, user_id: int) -> User:
    user = await repository.find_locked(session, user_id)
    if user is None or user.deleted_at is not None:
        raise UserNotFoundError
    return user
