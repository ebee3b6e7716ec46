from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, func, or_, select, true
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from src.addresses.enums import AddressStatus
from src.addresses.hours import WeeklyHours
from src.addresses.models import Address, Favorite, OperatingHours
from src.companies.models import CompanyAdmin
from src.core.identity import Principal


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


def _is_visible_to(principal: Principal) -> ColumnElement[bool]:
    """As `policies.require_visible`, for lists."""
    if principal.is_admin:
        return true()
    administered = select(CompanyAdmin.company_id).where(CompanyAdmin.user_id == principal.user_id)
    return or_(Address.status == AddressStatus.PUBLISHED, Address.company_id.in_(administered))


FavoriteRow = Row[Address, datetime]


async def list_favorites(
    session: AsyncSession, *, principal: Principal, limit: int, offset: int
) -> tuple[Sequence[FavoriteRow], int]:
    """Those that the principal may still see, the latest first, and how many there are."""
    own = (
        select(Address, Favorite.created_at)
        .join(Favorite, Favorite.address_id == Address.id)
        .where(Favorite.user_id == principal.user_id, _is_visible_to(principal))
    )
    total = await session.scalar(select(func.count()).select_from(own.subquery()))
    latest_first = own.order_by(Favorite.created_at.desc(), Address.id.desc())
    return (await session.execute(latest_first.limit(limit).offset(offset))).all(), total or 0


async def list_all_favorites(session: AsyncSession, user_id: int) -> Sequence[FavoriteRow]:
    own = select(Address, Favorite.created_at).join(Favorite, Favorite.address_id == Address.id)
    return (await session.execute(own.where(Favorite.user_id == user_id).order_by(Favorite.created_at))).all()


async def add_favorite(session: AsyncSession, *, user_id: int, address_id: int) -> None:
    new = insert(Favorite).values(user_id=user_id, address_id=address_id)
    await session.execute(new.on_conflict_do_nothing())


async def remove_favorite(session: AsyncSession, *, user_id: int, address_id: int) -> None:
    await session.execute(
        delete(Favorite).where(Favorite.user_id == user_id, Favorite.address_id == address_id)
    )


async def remove_favorites(session: AsyncSession, user_id: int) -> None:
    await session.execute(delete(Favorite).where(Favorite.user_id == user_id))


async def list_companies_with_published(session: AsyncSession, company_ids: Sequence[int]) -> Sequence[int]:
    published = select(Address.company_id).distinct().order_by(Address.company_id)
    published = published.where(
        Address.company_id.in_(company_ids), Address.status == AddressStatus.PUBLISHED
    )
    return (await session.scalars(published)).all()
