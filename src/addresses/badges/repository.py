from collections.abc import Iterable, Sequence

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from src.addresses.badges.models import AddressBadge, Badge


async def list_badges(session: AsyncSession) -> Sequence[Badge]:
    return (await session.scalars(select(Badge).order_by(Badge.name))).all()


async def slugs_of(session: AsyncSession, address_id: int) -> set[str]:
    held = select(AddressBadge.badge_slug).where(AddressBadge.address_id == address_id)
    return set(await session.scalars(held))


async def give(session: AsyncSession, *, address_id: int, slugs: Iterable[str]) -> None:
    rows = [{"address_id": address_id, "badge_slug": slug} for slug in slugs]
    if rows:
        await session.execute(insert(AddressBadge), rows)


async def take(session: AsyncSession, *, address_id: int, slugs: Iterable[str]) -> None:
    taken = AddressBadge.badge_slug.in_(list(slugs))
    await session.execute(delete(AddressBadge).where(AddressBadge.address_id == address_id, taken))
