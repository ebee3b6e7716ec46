from collections.abc import Sequence
from datetime import datetime, timedelta

import asyncpg
from sqlalchemy import delete, func, or_, update
from sqlalchemy.ext.asyncio import AsyncSession

from src.calendars.enums import OccupancyKind
from src.calendars.models import LONGEST_OCCUPANCY_DAYS, Occupancy
from src.core.database import Rows, Transaction, driver

_CLAIM = "SELECT claim, hold_expires_at FROM claim_time($1, $2, $3, $4, $5)"

# A bounded span turns the overlap into a range scan of (resource_id, starts_at).
_BUSY = f"""
SELECT starts_at, ends_at FROM occupancies
WHERE resource_id = ANY($1)
  AND starts_at > $2::timestamptz - interval '{LONGEST_OCCUPANCY_DAYS} days' AND starts_at < $3
  AND ends_at > $2
  AND (expires_at IS NULL OR expires_at > clock_timestamp())
ORDER BY starts_at
"""  # noqa: S608 - a constant number


async def claim(
    session: Transaction,
    *,
    resource_ids: Sequence[int],
    starts: Sequence[datetime],
    ends: Sequence[datetime],
    kind: OccupancyKind,
    hold: timedelta | None,
) -> asyncpg.Record:
    connection = await driver(session)
    return await connection.fetchrow(_CLAIM, resource_ids, starts, ends, kind, hold)


async def keep(session: AsyncSession, claim_id: int) -> int:
    """Takes the expiry off the rows of a claim that has not expired; returns how many it kept."""
    is_live = or_(Occupancy.expires_at.is_(None), Occupancy.expires_at > func.clock_timestamp())
    kept = update(Occupancy).where(Occupancy.claim_id == claim_id, is_live).values(expires_at=None)
    return len((await session.execute(kept.returning(Occupancy.id))).all())


async def release(session: AsyncSession, claim_id: int) -> None:
    await session.execute(delete(Occupancy).where(Occupancy.claim_id == claim_id))


async def busy(
    connection: Rows, *, resource_ids: Sequence[int], starts_at: datetime, ends_at: datetime
) -> Sequence[asyncpg.Record]:
    records: Sequence[asyncpg.Record] = await connection.fetch(_BUSY, resource_ids, starts_at, ends_at)
    return records
