"""What the dashboard adds up: one statement each, answered by an index that was made for it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

_CONFIRMED_BY_DAY = text("""
SELECT (created_at AT TIME ZONE 'UTC')::date AS day, count(*) AS bookings
FROM booking_moves
WHERE to_status = 'confirmed'
  AND from_status IS DISTINCT FROM 'confirmed' AND from_status IS DISTINCT FROM 'no_show'
  AND created_at >= :since AND created_at < :until
GROUP BY day
""")

_REVENUE_BY_WEEK = text("""
SELECT date_trunc('week', paid_at AT TIME ZONE 'UTC')::date AS week, currency,
       sum(amount - refunded_amount)::bigint AS amount
FROM charges
WHERE status = 'succeeded' AND paid_at >= :since AND paid_at < :until
GROUP BY week, currency
""")

# What is open is today's weekly plan of what is on the market: `closes` at or before `opens` means the next day.
_OCCUPANCY_BY_WEEK = text("""
WITH capacity AS (
    SELECT coalesce(sum(addresses.bookable_rooms * CASE
        WHEN hours.mode = 'around_the_clock' THEN 1440
        WHEN hours.closes > hours.opens THEN extract(epoch FROM hours.closes - hours.opens) / 60
        ELSE 1440 + extract(epoch FROM hours.closes - hours.opens) / 60
    END), 0)::bigint AS minutes
    FROM addresses
    JOIN operating_hours AS hours ON hours.address_id = addresses.id
    WHERE addresses.status = 'published' AND hours.mode IN ('open', 'around_the_clock')
)
SELECT date_trunc('week', starts_at AT TIME ZONE 'UTC')::date AS week,
       (sum(extract(epoch FROM ends_at - starts_at)) / 60)::bigint AS booked_minutes,
       (SELECT minutes FROM capacity) AS open_minutes
FROM bookings
WHERE status IN ('confirmed', 'completed', 'no_show') AND event_id IS NULL
  AND starts_at >= :since AND starts_at < :until
GROUP BY week
""")

# Counted no further than a person would: each is an index of the few.
_WAITING = text("""
SELECT (SELECT count(*) FROM (SELECT FROM mails WHERE status = 'failed' LIMIT :most) AS few) AS mails,
       (SELECT count(*) FROM (
            SELECT DISTINCT event_id FROM event_handlings WHERE error IS NOT NULL LIMIT :most
        ) AS few) AS events,
       (SELECT count(*) FROM (
            SELECT FROM webhook_notices WHERE status = 'unknown' LIMIT :most
        ) AS few) AS notices,
       (SELECT count(*) FROM (
            SELECT FROM webhook_deliveries WHERE status = 'failed' LIMIT :most
        ) AS few) AS deliveries,
       (SELECT count(*) FROM (
            SELECT FROM message_reports WHERE status = 'open' LIMIT :most
        ) AS few) AS reports
""")


async def confirmed_by_day(session: AsyncSession, since: datetime, until: datetime) -> Sequence[Row[Any]]:
    return (await session.execute(_CONFIRMED_BY_DAY, {"since": since, "until": until})).all()


async def revenue_by_week(session: AsyncSession, since: datetime, until: datetime) -> Sequence[Row[Any]]:
    """Minor units of what was paid and not given back, by the week in which it was paid."""
    return (await session.execute(_REVENUE_BY_WEEK, {"since": since, "until": until})).all()


async def occupancy_by_week(session: AsyncSession, since: datetime, until: datetime) -> Sequence[Row[Any]]:
    return (await session.execute(_OCCUPANCY_BY_WEEK, {"since": since, "until": until})).all()


async def count_waiting(session: AsyncSession, *, most: int) -> Row[Any]:
    return (await session.execute(_WAITING, {"most": most})).one()
