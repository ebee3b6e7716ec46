from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings.add_ons.models import BookingAddOn
from src.core.database import Transaction, driver
from src.rooms.pricing.quotes import Charged

# Only what its owner still lets, and so that nobody retires or removes it before the booking is made.
_INSERT = """
WITH wanted AS (
    SELECT * FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::bigint[], $7::text[], $8::int[])
        AS wanted (resource_id, equipment_id, member_id, description, unit_amount, charged, unit_minutes)
), equipment AS (
    SELECT id FROM address_equipment WHERE id = ANY($3) AND status = 'active' FOR SHARE
), members AS (
    SELECT id FROM team_members WHERE id = ANY($4) AND removed_at IS NULL AND role = 'professional' FOR SHARE
)
INSERT INTO booking_add_ons (booking_id, resource_id, equipment_id, member_id, description, unit_amount, charged,
                             unit_minutes)
SELECT $1, wanted.* FROM wanted
WHERE equipment_id IN (SELECT id FROM equipment) OR member_id IN (SELECT id FROM members)
RETURNING resource_id
"""


async def insert(
    session: Transaction,
    *,
    booking_id: int,
    resource_ids: Sequence[int],
    equipment_ids: Sequence[int | None],
    member_ids: Sequence[int | None],
    descriptions: Sequence[str],
    unit_amounts: Sequence[int],
    charged: Sequence[Charged],
    unit_minutes: Sequence[int | None],
) -> int:
    """How many are still to be had; the booking is to be given up unless all are."""
    connection = await driver(session)
    kept = await connection.fetch(
        _INSERT,
        booking_id,
        resource_ids,
        equipment_ids,
        member_ids,
        descriptions,
        unit_amounts,
        charged,
        unit_minutes,
    )
    return len(kept)


async def list_of_bookings(session: AsyncSession, booking_ids: Sequence[int]) -> Sequence[BookingAddOn]:
    """In the order of the bill."""
    add_ons = select(BookingAddOn).where(BookingAddOn.booking_id.in_(booking_ids))
    equipment_first = BookingAddOn.member_id.is_not(None), BookingAddOn.equipment_id
    return (await session.scalars(add_ons.order_by(BookingAddOn.booking_id, *equipment_first))).all()
