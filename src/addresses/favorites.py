"""Studios that people want to find again, and what the domain says about a person who leaves."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from src.addresses import policies, repository
from src.addresses.exceptions import AddressNotFoundError
from src.addresses.models import Address
from src.addresses.schemas import FavoriteRead
from src.companies import service as companies
from src.core.identity import Principal
from src.core.pagination import PageRequest
from src.core.personal_data import Obstacle


async def add(session: AsyncSession, *, principal: Principal, address_id: int) -> None:
    """Raises `AddressNotFoundError`, also for one that the principal may not see."""
    address = await repository.find(session, address_id)
    if address is None:
        raise AddressNotFoundError
    await policies.require_visible(session, principal=principal, address=address)
    await repository.add_favorite(session, user_id=principal.user_id, address_id=address_id)


async def remove(session: AsyncSession, *, principal: Principal, address_id: int) -> None:
    """Does nothing when it was none, whether or not there is such a studio any more."""
    await repository.remove_favorite(session, user_id=principal.user_id, address_id=address_id)


async def list_mine(
    session: AsyncSession, *, principal: Principal, page: PageRequest
) -> tuple[Sequence[FavoriteRead], int]:
    rows, total = await repository.list_favorites(
        session, principal=principal, limit=page.size, offset=page.offset
    )
    return [_read(row) for row in rows], total


async def export_favorites(session: AsyncSession, user_id: int) -> list[dict[str, Any]]:
    """Also of studios that aren't visible any more: that they were marked is the person's data."""
    rows = await repository.list_all_favorites(session, user_id)
    return [
        _read(row).model_dump(mode="json", include={"id", "name", "slug", "favorited_at"}) for row in rows
    ]


async def find_obstacles(session: AsyncSession, user_id: int) -> list[Obstacle]:
    """A studio on the market needs somebody who answers for it."""
    company_ids = await companies.list_solely_administered(session, user_id=user_id)
    stranded = await repository.list_companies_with_published(session, company_ids)
    if not stranded:
        return []
    return [
        Obstacle(
            code="last_admin_of_company",
            detail="You are the last admin of companies with published studios;"
            " name another admin, or take the studios off the market first.",
            ids=list(stranded),
        )
    ]


def _read(row: repository.FavoriteRow) -> FavoriteRead:
    address: Address = row[0]
    return FavoriteRead(
        id=address.id,
        name=address.name,
        slug=address.slug,
        street=address.street,
        city_id=address.city_id,
        lat=address.latitude,
        lng=address.longitude,
        timezone=address.timezone,
        favorited_at=row[1],
    )
