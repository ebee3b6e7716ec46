from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from src.addresses.hours import WeeklyHours
from src.addresses.models import Address, OperatingHours


async def insert_unless_slug_taken(session: AsyncSession, **values: Any) -> Address | None:
    new = insert(Address).values(**values).on_conflict_do_nothing(index_elements=[Address.slug])
    return (await session.scalars(new.returning(Address))).one_or_none()


async def find(session: AsyncSession, address_id: int) -> Address | None:
    return await session.get(Address, address_id)


async def find_by_slug(session: AsyncSession, slug: str) -> Address | None:
    return (await session.scalars(select(Address).where(Address.slug == slug))).one_or_none()


async def find_locked(session: AsyncSession, address_id: int) -> Address | None:
    """Locks the row for the rest of the transaction."""
    return await session.get(Address, address_id, with_for_update=True, populate_existing=True)


async def list_hours(session: AsyncSession, address_id: int) -> Sequence[OperatingHours]:
    hours = select(OperatingHours).where(OperatingHours.address_id == address_id)
    return (await session.scalars(hours.order_by(OperatingHours.weekday, OperatingHours.opens))).all()


async def replace_hours(session: AsyncSession, *, address_id: int, hours: Sequence[WeeklyHours]) -> None:
    await session.execute(delete(OperatingHours).where(OperatingHours.address_id == address_id))
    session.add_all(
        OperatingHours(
            address_id=address_id,
            weekday=entry.weekday,
            mode=entry.mode,
            opens=entry.opens,
            closes=entry.closes,
        )
        for entry in hours
    )
    await session.flush()
