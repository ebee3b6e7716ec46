from collections.abc import Sequence

import asyncpg
from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from src.addresses.equipment.enums import EquipmentStatus
from src.addresses.equipment.models import EquipmentItem, EquipmentType
from src.core.database import Rows

# In a fixed order: claims are made in it.
_RENTABLE = """
SELECT id, name, price_amount, price_unit, resource_id FROM address_equipment
WHERE address_id = $1 AND ($2::bigint[] IS NULL OR id = ANY($2)) AND status = 'active' AND NOT is_included
ORDER BY id
"""


async def list_types(session: AsyncSession) -> Sequence[EquipmentType]:
    types = select(EquipmentType).order_by(EquipmentType.category, EquipmentType.name)
    return (await session.scalars(types)).all()


def items_of(
    address_id: int, *, with_retired: bool, type_slug: str | None, is_included: bool | None
) -> Select[EquipmentItem]:
    """Active ones first."""
    items = select(EquipmentItem).where(EquipmentItem.address_id == address_id)
    if not with_retired:
        items = items.where(EquipmentItem.status == EquipmentStatus.ACTIVE)
    if type_slug is not None:
        items = items.where(EquipmentItem.type_slug == type_slug)
    if is_included is not None:
        items = items.where(EquipmentItem.is_included.is_(is_included))
    return items.order_by(EquipmentItem.status, EquipmentItem.id)


async def find_item(session: AsyncSession, *, address_id: int, equipment_id: int) -> EquipmentItem | None:
    item = select(EquipmentItem).where(
        EquipmentItem.id == equipment_id, EquipmentItem.address_id == address_id
    )
    return (await session.scalars(item)).one_or_none()


async def list_rentable(
    connection: Rows, *, address_id: int, equipment_ids: Sequence[int] | None
) -> list[asyncpg.Record]:
    """Those, or all of the studio's."""
    return await connection.fetch(_RENTABLE, address_id, equipment_ids)
