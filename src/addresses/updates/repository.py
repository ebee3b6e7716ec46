from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from src.addresses.updates.models import Update


def updates_of(address_id: int, *, published_before: datetime | None) -> Select[Update]:
    """The latest first; None is also what is to come."""
    updates = select(Update).where(Update.address_id == address_id)
    if published_before is not None:
        updates = updates.where(Update.published_at <= published_before)
    return updates.order_by(Update.published_at.desc(), Update.id.desc())


async def insert(session: AsyncSession, update: Update) -> None:
    session.add(update)
    await session.flush()


async def find_locked(session: AsyncSession, *, address_id: int, update_id: int) -> Update | None:
    """Locks the row for the rest of the transaction and reads its photos afresh."""
    update = (
        select(Update)
        .where(Update.id == update_id, Update.address_id == address_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return (await session.scalars(update)).one_or_none()


async def delete(session: AsyncSession, update: Update) -> None:
    await session.delete(update)
    await session.flush()
