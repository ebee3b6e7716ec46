"""A booking that is made, with its first move. A hold is one hand-written statement."""

from datetime import datetime
from typing import Any

import asyncpg
import orjson
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings.enums import Actor, BookingStatus
from src.bookings.models import Booking, BookingMove
from src.core.database import Transaction, driver

# Waits for a company or a studio that is being closed or changed, in the order of their closing, and makes no booking
# in a closed one. Company, studio and room have to be as they were when the offer was read. Always has a row.
_INSERT = """
WITH verdict AS MATERIALIZED (
    SELECT refusal, refused_until FROM admit_hold($1, $2, $17, $18)
), same_company AS (
    SELECT id FROM companies WHERE id = $4 AND deactivated_at IS NULL AND revision = $21 FOR KEY SHARE
), same_studio AS (
    SELECT address.id FROM same_company, addresses AS address
    WHERE address.id = $3 AND address.revision = $20 FOR KEY SHARE OF address
), booking AS (
    INSERT INTO bookings (customer_id, room_id, address_id, company_id, claim_id, status, starts_at, ends_at,
                          expires_at, currency, total_amount, items, cancellation_policy, tax_amount,
                          platform_fee_amount, series_id)
    SELECT $1, room.id, same_studio.id, $4, $5, $16, $6, $7, $8, $9, $10, $11::text::jsonb,
           $12::text::jsonb, $13, $14, $19
    FROM verdict, rooms AS room, same_studio
    WHERE verdict.refusal IS NULL AND room.id = $2 AND room.revision = $15
    RETURNING id, created_at
), move AS (
    INSERT INTO booking_moves (booking_id, to_status, actor, actor_id)
    SELECT id, $16, 'customer', $1 FROM booking
)
SELECT verdict.refusal, verdict.refused_until, booking.id, booking.created_at, address.name AS address_name
FROM verdict JOIN addresses AS address ON address.id = $3 LEFT JOIN booking ON true
"""


async def insert_hold(
    session: Transaction,
    *,
    customer_id: int,
    room_id: int,
    room_revision: int,
    address_id: int,
    address_revision: int,
    company_id: int,
    company_revision: int,
    claim_id: int,
    status: BookingStatus,
    starts_at: datetime,
    ends_at: datetime,
    expires_at: datetime | None,
    currency: str,
    total_amount: int,
    tax_amount: int,
    platform_fee_amount: int,
    items: list[dict[str, Any]],
    cancellation_policy: list[dict[str, Any]],
    most_holds: int,
    most_expired: int,
    series_id: int | None,
) -> asyncpg.Record:
    """`refusal` says why the customer may not hold any more. The id is null also when the room, its studio or the
    company is of another revision by now, or the company is closed.
    """
    connection = await driver(session)
    return await connection.fetchrow(
        _INSERT,
        customer_id,
        room_id,
        address_id,
        company_id,
        claim_id,
        starts_at,
        ends_at,
        expires_at,
        currency,
        total_amount,
        orjson.dumps(items).decode(),
        orjson.dumps(cancellation_policy).decode(),
        tax_amount,
        platform_fee_amount,
        room_revision,
        status,
        most_holds,
        most_expired,
        series_id,
        address_revision,
        company_revision,
    )


async def insert_confirmed(session: AsyncSession, booking: Booking) -> Booking:
    session.add(booking)
    await session.flush()
    return booking


async def record_making(
    session: AsyncSession, *, booking: Booking, actor: Actor, actor_id: int, reason: str
) -> None:
    """The first move of a booking that isn't a hold."""
    made = insert(BookingMove).values(
        booking_id=booking.id, to_status=booking.status, actor=actor, actor_id=actor_id, reason=reason
    )
    await session.execute(made)
