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
SELECT resource_id, starts_at, ends_at FROM occupancies
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


# Of a resource whose lock the transaction has.
_HAS_TIME_COMING = """
SELECT EXISTS (SELECT FROM occupancies
               WHERE resource_id = $1 AND ends_at > clock_timestamp()
                 AND (expires_at IS NULL OR expires_at > clock_timestamp()))
"""


async def lock(session: Transaction, resource_id: int) -> None:
    await (await driver(session)).execute("SELECT lock_resources(ARRAY[$1::bigint])", resource_id)


async def has_time_coming(session: Transaction, resource_id: int) -> bool:
    return bool(await (await driver(session)).fetchval(_HAS_TIME_COMING, resource_id))


async def keep(session: AsyncSession, claim_id: int) -> int:
    """Takes the expiry off the rows of a claim that has not expired; returns how many it kept."""
    is_live = or_(Occupancy.expires_at.is_(None), Occupancy.expires_at > func.clock_timestamp())
    kept = update(Occupancy).where(Occupancy.claim_id == claim_id, is_live).values(expires_at=None)
    return len((await session.execute(kept.returning(Occupancy.id))).all())


_EXTEND = """
UPDATE occupancies SET expires_at = least(clock_timestamp() + $2::interval, $3::timestamptz)
WHERE claim_id = $1 AND expires_at > clock_timestamp()
RETURNING expires_at
"""

_LOCK_WITH_CLAIMS = """
SELECT lock_resources($1::bigint[] || ARRAY(SELECT resource_id FROM occupancies WHERE claim_id = ANY($2)))
"""


async def extend(
    session: AsyncSession, claim_id: int, *, hold: timedelta, latest: datetime
) -> datetime | None:
    """Of a claim that has not expired; when it now does."""
    rows = await (await driver(session)).fetch(_EXTEND, claim_id, hold, latest)
    expires_at: datetime | None = max((row["expires_at"] for row in rows), default=None)
    return expires_at


async def lock_with_claims(
    session: AsyncSession, *, resource_ids: Sequence[int], claim_ids: Sequence[int]
) -> None:
    """The resources, and those that the claims have time on."""
    await (await driver(session)).execute(_LOCK_WITH_CLAIMS, resource_ids, claim_ids)


async def list_of_claim(session: AsyncSession, claim_id: int) -> Sequence[asyncpg.Record]:
    connection = await driver(session)
    query = "SELECT resource_id, starts_at, ends_at FROM occupancies WHERE claim_id = $1"
    records: Sequence[asyncpg.Record] = await connection.fetch(query, claim_id)
    return records


async def release(session: AsyncSession, claim_ids: Sequence[int]) -> None:
    await session.execute(delete(Occupancy).where(Occupancy.claim_id.in_(claim_ids)))


_FIND_TAKEN = f"""
SELECT DISTINCT resource_id
FROM unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[]) AS wanted (resource_id, starts_at, ends_at)
JOIN occupancies AS taken USING (resource_id)
WHERE taken.starts_at > wanted.starts_at - interval '{LONGEST_OCCUPANCY_DAYS} days'
  AND taken.starts_at < wanted.ends_at AND taken.ends_at > wanted.starts_at
  AND (taken.expires_at IS NULL OR taken.expires_at > clock_timestamp()) AND taken.claim_id <> ALL($4::bigint[])
"""  # noqa: S608 - a constant number


async def find_taken(
    connection: Rows,
    *,
    resource_ids: Sequence[int],
    starts: Sequence[datetime],
    ends: Sequence[datetime],
    besides: Sequence[int],
) -> set[int]:
    records = await connection.fetch(_FIND_TAKEN, resource_ids, starts, ends, besides)
    return {record["resource_id"] for record in records}


async def busy(
    connection: Rows, *, resource_ids: Sequence[int], starts_at: datetime, ends_at: datetime
) -> Sequence[asyncpg.Record]:
    records: Sequence[asyncpg.Record] = await connection.fetch(_BUSY, resource_ids, starts_at, ends_at)
    return records
