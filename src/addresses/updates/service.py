"""A studio's news: written, changed, shown to everybody from `published_at` on."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from src.addresses import policies
from src.addresses import service as addresses
from src.addresses.localtime import requested_instant
from src.addresses.models import Address
from src.addresses.updates import repository
from src.addresses.updates.exceptions import PhotoOrderError, UpdateNotFoundError
from src.addresses.updates.models import Update
from src.addresses.updates.schemas import UpdateChange, UpdateCreate, UpdateRead
from src.companies import audit
from src.core import uploads
from src.core.identity import Principal
from src.core.pagination import PageRequest, paginate
from src.teams.permissions import Permission


async def list_updates(
    session: AsyncSession, *, principal: Principal | None, address_id: int, page: PageRequest, now: datetime
) -> tuple[Sequence[UpdateRead], int]:
    """What is to come only the studio's own people see."""
    address = await addresses.require_visible(session, principal=principal, address_id=address_id)
    sees_all = await policies.may_see_drafts(session, principal=principal, address=address)
    listed = repository.updates_of(address.id, published_before=None if sees_all else now)
    updates, total = await paginate(session, listed, page)
    return [UpdateRead.model_validate(update) for update in updates], total


async def add_update(
    session: AsyncSession, *, principal: Principal, address_id: int, body: UpdateCreate, now: datetime
) -> UpdateRead:
    """Raises `LocalTimeSkippedError`."""
    address = await managed(session, principal, address_id)
    published_at = body.published_at or now
    update = Update(
        address_id=address.id,
        title=body.title,
        text=body.text,
        published_at=requested_instant(published_at, ZoneInfo(address.timezone)),
        photos=[],
    )
    await repository.insert(session, update)
    after = {"title": (None, update.title), "published_at": (None, update.published_at)}
    await record(session, principal, address, update, "added", after)
    return UpdateRead.model_validate(update)


async def change_update(
    session: AsyncSession, *, principal: Principal, address_id: int, update_id: int, body: UpdateChange
) -> UpdateRead:
    """Raises `UpdateNotFoundError`, `PhotoOrderError`, `LocalTimeSkippedError`."""
    address = await managed(session, principal, address_id)
    update = await get_locked(session, address, update_id)
    values = body.model_dump(exclude_unset=True, exclude={"photo_ids"})
    if body.published_at is not None:
        values["published_at"] = requested_instant(body.published_at, ZoneInfo(address.timezone))
    changes = audit.apply(update, values)
    if body.photo_ids is not None:
        _order_photos(update, body.photo_ids)
    await session.flush()
    if changes:
        await record(session, principal, address, update, "updated", changes)
    return UpdateRead.model_validate(update)


def _order_photos(update: Update, photo_ids: Sequence[int]) -> None:
    photos = {photo.id: photo for photo in update.photos}
    if sorted(photo_ids) != sorted(photos):
        raise PhotoOrderError
    for position, photo_id in enumerate(photo_ids):
        photos[photo_id].position = position
    update.photos.sort(key=lambda photo: photo.position)


async def remove_update(
    session: AsyncSession, *, principal: Principal, address_id: int, update_id: int
) -> None:
    """For good, with its photos. Raises `UpdateNotFoundError`."""
    address = await managed(session, principal, address_id)
    update = await get_locked(session, address, update_id)
    for photo in update.photos:
        await uploads.detach(session, key=photo.photo)
    await record(session, principal, address, update, "removed", {"title": (update.title, None)})
    await repository.delete(session, update)


async def managed(session: AsyncSession, principal: Principal, address_id: int) -> Address:
    return await addresses.get_managed_address(
        session, principal=principal, address_id=address_id, permission=Permission.EDIT_STUDIO
    )


async def get_locked(session: AsyncSession, address: Address, update_id: int) -> Update:
    update = await repository.find_locked(session, address_id=address.id, update_id=update_id)
    if update is None:
        raise UpdateNotFoundError
    return update


async def record(
    session: AsyncSession,
    principal: Principal,
    address: Address,
    update: Update,
    what: str,
    changes: Mapping[str, tuple[Any, Any]],
) -> None:
    await audit.record(
        session,
        principal=principal,
        company_id=address.company_id,
        action=f"update.{what}",
        subject_id=update.id,
        changes=changes,
    )
