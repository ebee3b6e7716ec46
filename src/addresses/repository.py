from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, func, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from src.addresses.enums import AddressStatus
from src.addresses.models import Address, Favorite
from src.addresses.plan import PLAN
from src.core.identity import Principal
from src.teams import policies as teams
from src.teams.permissions import Permission

_DETAILS = text(f"""
SELECT {PLAN} AS plan,
       ARRAY(SELECT badge_slug FROM address_badges WHERE address_id = address.id ORDER BY badge_slug) AS badges
FROM addresses AS address WHERE id = :address_id
""")  # noqa: S608 - our own text


async def insert_unless_slug_taken(session: AsyncSession, **values: Any) -> Address | None:
    new = insert(Address).values(**values).on_conflict_do_nothing(index_elements=[Address.slug])
    return (await session.scalars(new.returning(Address))).one_or_none()


async def find(session: AsyncSession, address_id: int) -> Address | None:
    return _unless_deactivated(await session.get(Address, address_id))


async def find_by_slug(session: AsyncSession, slug: str) -> Address | None:
    found = await session.scalars(select(Address).where(Address.slug == slug))
    return _unless_deactivated(found.one_or_none())


async def find_locked(session: AsyncSession, address_id: int) -> Address | None:
    """Locks the row for the rest of the transaction; what only refers to it, as a booking, need not wait."""
    found = await session.get(
        Address, address_id, with_for_update={"key_share": True}, populate_existing=True
    )
    return _unless_deactivated(found)


async def begin_revision(session: AsyncSession, address: Address) -> None:
    """Writes what has changed; bookings that are being made of what was are refused from the commit on.

    The row has to be locked.
    """
    address.revision += 1
    await session.flush()


async def shut_out(session: AsyncSession, address_id: int) -> None:
    """Waits for what is being made to refer to the studio; what comes later waits for this transaction."""
    await session.execute(select(Address.id).where(Address.id == address_id).with_for_update())


def _unless_deactivated(address: Address | None) -> Address | None:
    return address if address is not None and address.deactivated_at is None else None


async def get_details(session: AsyncSession, address_id: int) -> Row[str, Sequence[str]]:
    """What is read with a studio: its plan and its badges."""
    return (await session.execute(_DETAILS, {"address_id": address_id})).one()


def _is_visible_to(principal: Principal) -> ColumnElement[bool]:
    """As `policies.require_visible`, for lists."""
    may_see = teams.is_allowed(
        principal, Permission.SEE_STUDIO, company_id=Address.company_id, address_id=Address.id
    )
    return Address.deactivated_at.is_(None) & or_(Address.status == AddressStatus.PUBLISHED, may_see)


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


async def list_of_company_locked(session: AsyncSession, company_id: int) -> Sequence[Address]:
    """Locks the rows and reads them afresh."""
    theirs = select(Address).where(Address.company_id == company_id).order_by(Address.id).with_for_update()
    return (await session.scalars(theirs, execution_options={"populate_existing": True})).all()


async def list_ids_of_company(session: AsyncSession, company_id: int) -> Sequence[int]:
    return (await session.scalars(select(Address.id).where(Address.company_id == company_id))).all()
