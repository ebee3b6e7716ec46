"""What has to be true of the data at every moment; each query returns the rows that break it."""

from collections.abc import Mapping
from typing import Final

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from src.core.database import DATABASE_ERRORS, Database
from src.core.observability.metrics import BROKEN_INVARIANTS, INVARIANTS_CHECKED

BROKEN: Final = 1
NOT_CHECKED: Final = -1

log = structlog.get_logger(__name__)

INVARIANTS: Mapping[str, str] = {
    "no two occupancies of a resource overlap": """
        SELECT a.id, b.id FROM occupancies AS a JOIN occupancies AS b
        ON a.resource_id = b.resource_id AND a.id < b.id
        AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at
    """,
    "a confirmed booking has its time": """
        SELECT id FROM bookings WHERE status = 'confirmed' AND event_id IS NULL AND NOT EXISTS (
            SELECT FROM occupancies WHERE occupancies.claim_id = bookings.claim_id
            AND occupancies.expires_at IS NULL
            AND occupancies.starts_at <= bookings.starts_at AND occupancies.ends_at >= bookings.ends_at)
    """,
    "a booking that is held or confirmed has the time of all its add-ons": """
        SELECT booking_id, add_on.resource_id
        FROM booking_add_ons AS add_on JOIN bookings ON bookings.id = booking_id
        WHERE (status = 'confirmed'
               OR status IN ('pending', 'awaiting_approval') AND bookings.expires_at > clock_timestamp())
        AND NOT EXISTS (
            SELECT FROM occupancies WHERE occupancies.claim_id = bookings.claim_id
            AND occupancies.resource_id = add_on.resource_id
            AND occupancies.starts_at = bookings.starts_at AND occupancies.ends_at = bookings.ends_at)
    """,
    "an event has sold the seats of its bookings": """
        SELECT events.id, seats_sold FROM events
        WHERE seats_sold <> (SELECT coalesce(sum(seats), 0) FROM bookings WHERE event_id = events.id
                             AND status IN ('pending', 'confirmed', 'completed', 'no_show'))
    """,
    "an event that takes place has its time": """
        SELECT id FROM events WHERE status = 'scheduled' AND NOT EXISTS (
            SELECT FROM occupancies WHERE occupancies.claim_id = events.claim_id AND occupancies.kind = 'event'
            AND occupancies.starts_at <= events.starts_at AND occupancies.ends_at >= events.ends_at)
    """,
    "nobody pays for a seat of a cancelled event for more than five minutes": """
        SELECT bookings.id FROM bookings JOIN events ON events.id = event_id
        WHERE events.status = 'cancelled' AND bookings.status IN ('pending', 'confirmed')
        AND events.updated_at < clock_timestamp() - interval '5 minutes'
    """,
    "what an imported event says to have taken it has taken": """
        SELECT imported_events.id FROM imported_events
        WHERE is_complete AND ends_at > now() AND NOT EXISTS (
            SELECT FROM occupancies WHERE occupancies.claim_id = imported_events.claim_id AND kind = 'imported')
    """,
    "imported time belongs to an event of an import": """
        SELECT id FROM occupancies WHERE kind = 'imported'
        AND NOT EXISTS (SELECT FROM imported_events WHERE imported_events.claim_id = occupancies.claim_id)
    """,
    "a booking that has ended takes no time": """
        SELECT bookings.id FROM bookings JOIN occupancies USING (claim_id)
        WHERE bookings.status IN ('declined', 'expired', 'cancelled')
    """,
    "a visit that is open has the time of the desk": """
        SELECT id FROM appointments WHERE status IN ('requested', 'confirmed') AND NOT EXISTS (
            SELECT FROM occupancies JOIN tour_desks USING (resource_id)
            WHERE occupancies.claim_id = appointments.claim_id AND tour_desks.address_id = appointments.address_id
            AND occupancies.expires_at IS NULL AND occupancies.kind = 'tour'
            AND occupancies.starts_at = appointments.starts_at AND occupancies.ends_at >= appointments.ends_at)
    """,
    "a visit that is off takes no time": """
        SELECT appointments.id FROM appointments JOIN occupancies USING (claim_id)
        WHERE appointments.status IN ('declined', 'cancelled')
    """,
    "no hold is pending for more than a minute after it has expired": """
        SELECT id FROM bookings
        WHERE status IN ('awaiting_approval', 'pending')
        AND expires_at < clock_timestamp() - interval '1 minute'
    """,
    "a live hold has its time for as long as it says": """
        SELECT id FROM bookings WHERE status IN ('awaiting_approval', 'pending') AND event_id IS NULL
        AND expires_at > clock_timestamp() AND NOT EXISTS (
            SELECT FROM occupancies WHERE occupancies.claim_id = bookings.claim_id
            AND occupancies.expires_at = bookings.expires_at
            AND occupancies.starts_at <= bookings.starts_at AND occupancies.ends_at >= bookings.ends_at)
    """,
    "only a confirmed booking has an open proposal": """
        SELECT booking_proposals.id FROM booking_proposals JOIN bookings ON bookings.id = booking_id
        WHERE booking_proposals.status IN ('waiting_for_consent', 'waiting_for_payment', 'agreed')
        AND bookings.status <> 'confirmed'
    """,
    "a proposal holds its time exactly as long as it is open": """
        SELECT booking_proposals.id FROM booking_proposals JOIN occupancies USING (claim_id)
        WHERE booking_proposals.status NOT IN ('waiting_for_consent', 'waiting_for_payment')
        OR occupancies.expires_at IS DISTINCT FROM booking_proposals.expires_at
    """,
    "the items of a booking sum to its total": """
        SELECT id FROM bookings
        WHERE total_amount <> (SELECT sum((item ->> 'amount')::bigint) FROM jsonb_array_elements(items) AS item)
    """,
    "a block has its time": """
        SELECT id FROM room_blocks WHERE NOT EXISTS (
            SELECT FROM occupancies WHERE occupancies.claim_id = room_blocks.claim_id
            AND occupancies.kind = 'block' AND occupancies.expires_at IS NULL)
    """,
    "the ledger sums to zero": """
        SELECT transaction_id, currency, sum(amount) FROM ledger_entries
        GROUP BY transaction_id, currency HAVING sum(amount) <> 0
    """,
    "no more is refunded than was captured": """
        SELECT charges.id FROM charges JOIN refunds ON refunds.charge_id = charges.id
        GROUP BY charges.id HAVING sum(refunds.amount) > charges.amount
        OR sum(refunds.amount) <> charges.refunded_amount
    """,
    "captured money was taken for the booking or came too late": """
        SELECT bookings.id FROM bookings
        JOIN (SELECT booking_id, sum(amount) AS captured FROM charges
              WHERE status = 'succeeded' GROUP BY booking_id) AS paid ON paid.booking_id = bookings.id
        WHERE paid.captured <> bookings.paid_amount + (
            SELECT coalesce(sum(refunds.amount), 0) FROM refunds JOIN charges ON charges.id = charge_id
            WHERE charges.booking_id = bookings.id AND reason = 'paid_too_late')
    """,
    "what a booking has returned was granted or taken by a bank": """
        SELECT bookings.id FROM bookings
        WHERE returned_amount <> (
            SELECT coalesce(sum(lost_amount), 0) FROM charges WHERE booking_id = bookings.id) + (
            SELECT coalesce(sum(refunds.amount), 0) FROM refunds JOIN charges ON charges.id = charge_id
            WHERE charges.booking_id = bookings.id AND reason = 'granted')
    """,
    "what was promised back goes back within five minutes": """
        SELECT id FROM bookings
        WHERE refund_amount > 0 AND updated_at < clock_timestamp() - interval '5 minutes'
        AND refund_amount <> (
            SELECT coalesce(sum(refunds.amount), 0) FROM refunds JOIN charges ON charges.id = charge_id
            WHERE charges.booking_id = bookings.id AND reason IN ('cancelled', 'rescheduled'))
    """,
    "what gateways hold for the platform is what came in and has not gone out": """
        SELECT ledger.held, gateways.held
        FROM (SELECT coalesce(sum(amount) FILTER (WHERE account = 'gateway_clearing'), 0)
                   + coalesce(sum(amount) FILTER (WHERE account = 'provider_fees'), 0) AS held
              FROM ledger_entries) AS ledger,
             (SELECT (SELECT coalesce(sum(CASE WHEN NOT is_paid_to_owner THEN amount
                                               WHEN is_fee_collected THEN fee_amount ELSE 0 END), 0)
                      FROM charges WHERE status = 'succeeded')
                   - (SELECT coalesce(sum(CASE WHEN NOT is_paid_to_owner THEN refunds.amount
                                               WHEN is_fee_collected THEN refunds.fee_amount ELSE 0 END), 0)
                      FROM refunds JOIN charges ON charges.id = charge_id
                      WHERE refunds.status IN ('succeeded', 'by_hand'))
                   - (SELECT coalesce(sum(amount), 0) FROM disputes WHERE is_withdrawn)
                   - (SELECT coalesce(sum(amount), 0) FROM payouts WHERE status = 'sent')
                   + (SELECT coalesce(sum(amount), 0) FROM transfer_reversals WHERE status = 'succeeded')
                     AS held) AS gateways
        WHERE ledger.held <> gateways.held
    """,
    "what is owed to customers is what they paid for bookings to come": """
        SELECT ledger.owed, charges.paid
        FROM (SELECT coalesce(sum(-amount), 0) AS owed FROM ledger_entries
              WHERE account = 'customer_deposits') AS ledger,
             (SELECT coalesce(sum(amount - refunded_amount - lost_amount), 0) AS paid FROM charges
              WHERE status = 'succeeded' AND earned_at IS NULL) AS charges
        WHERE ledger.owed <> charges.paid
    """,
    "what is promised back and not sent is in its account": """
        SELECT ledger.promised, refunds.waiting
        FROM (SELECT coalesce(sum(-amount), 0) AS promised FROM ledger_entries
              WHERE account = 'refunds') AS ledger,
             (SELECT coalesce(sum(amount), 0) AS waiting FROM refunds
              WHERE status IN ('pending', 'failed')) AS refunds
        WHERE ledger.promised <> refunds.waiting
    """,
    "an item of a payout is what its transaction changed in the debt to the owner": """
        SELECT transaction_id, item.amount, entries.amount
        FROM payout_items AS item FULL JOIN (
            SELECT transaction_id, sum(-entry.amount) AS amount,
                   coalesce(sum(-entry.amount) FILTER (WHERE account = 'tax'), 0) AS tax
            FROM ledger_entries AS entry JOIN ledger_transactions AS posted ON posted.id = transaction_id
            WHERE account IN ('owner_payable', 'tax') AND charge_id IS NOT NULL GROUP BY transaction_id
        ) AS entries USING (transaction_id)
        WHERE (item.amount, item.tax_amount) IS DISTINCT FROM (entries.amount, entries.tax)
    """,
    "no payout is more than what was owed": """
        SELECT payouts.id, payouts.amount, sum(item.amount)
        FROM payouts LEFT JOIN payout_items AS item ON item.payout_id = payouts.id
        GROUP BY payouts.id HAVING payouts.amount IS DISTINCT FROM sum(item.amount)
    """,
    "what is owed to an owner is what no payout has taken": """
        SELECT company_id, currency, ledger.owed, items.owed
        FROM (SELECT company_id, currency, sum(-amount) AS owed
              FROM ledger_entries JOIN ledger_transactions AS posted ON posted.id = transaction_id
              WHERE account IN ('owner_payable', 'tax') GROUP BY company_id, currency) AS ledger
        FULL JOIN (SELECT company_id, currency, sum(amount) AS owed FROM payout_items
                   WHERE payout_id IS NULL GROUP BY company_id, currency) AS items USING (company_id, currency)
        WHERE coalesce(ledger.owed, 0) <> coalesce(items.owed, 0)
    """,
    "what is on its way to owners and back is in its account": """
        SELECT ledger.moving, payouts.moving
        FROM (SELECT coalesce(sum(-amount), 0) AS moving FROM ledger_entries WHERE account = 'payouts') AS ledger,
             (SELECT (SELECT coalesce(sum(amount), 0) FROM payouts WHERE status <> 'sent')
                   - (SELECT coalesce(sum(amount), 0) FROM transfer_reversals WHERE status = 'pending')
                     AS moving) AS payouts
        WHERE ledger.moving <> payouts.moving
    """,
    "a paid booking that is over is earned within five minutes": """
        SELECT bookings.id FROM bookings JOIN charges ON charges.booking_id = bookings.id
        WHERE bookings.status IN ('completed', 'no_show', 'cancelled')
        AND charges.status = 'succeeded' AND earned_at IS NULL AND refunded_amount + lost_amount < amount
        AND bookings.updated_at < clock_timestamp() - interval '5 minutes'
    """,
    "no refund waits for a person": "SELECT id, charge_id, last_error FROM refunds WHERE status = 'failed'",
    "no payout waits for a person": "SELECT id, failure FROM payouts WHERE status = 'failed'",
    "no webhook waits for a person": "SELECT id, error FROM webhook_notices WHERE status = 'unknown'",
    "no webhook waits for more than five minutes": """
        SELECT id, error FROM webhook_notices
        WHERE status = 'received' AND received_at < clock_timestamp() - interval '5 minutes'
    """,
    "every picture that is shown has an owner in the table of stored files": """
        SELECT shown.key FROM (SELECT photo AS key FROM users UNION ALL SELECT logo FROM companies
                               UNION ALL SELECT key FROM room_photos) AS shown
        WHERE key IS NOT NULL AND NOT EXISTS (
            SELECT FROM stored_files WHERE stored_files.key = shown.key AND delete_at IS NULL)
    """,
    "search sees every room as it is": """
        SELECT room.id FROM rooms AS room
        JOIN addresses AS address ON address.id = room.address_id
        JOIN companies AS company ON company.id = address.company_id
        LEFT JOIN room_listings AS listing ON listing.room_id = room.id
        CROSS JOIN LATERAL studio_special(address.id, address.timezone) AS special
        CROSS JOIN (SELECT tstzmultirange(tstzrange(now() + interval '3 days', NULL))) AS later (future)
        WHERE (listing.is_listed, listing.city_id, listing.timezone, listing.currency, listing.capacity,
               listing.latitude, listing.longitude, listing.slot_minutes, listing.min_minutes, listing.max_minutes,
               listing.buffer_before_minutes, listing.buffer_after_minutes, listing.notice_minutes,
               listing.horizon_days, listing.equipment, listing.badges, listing.open_minutes,
                   listing.part_resource_ids,
               listing.closed * future, listing.special_days * future, listing.special_open * future,
               listing.hourly_amount)
        IS DISTINCT FROM (
               room.status = 'active' AND address.status = 'published', address.city_id, address.timezone,
               company.currency COLLATE "C", room.capacity, address.latitude, address.longitude, room.slot_minutes,
               room.min_minutes, room.max_minutes, room.buffer_before_minutes, room.buffer_after_minutes,
               room.notice_minutes, room.horizon_days, studio_equipment(address.id), studio_badges(address.id),
               studio_open_minutes(address.id), part_resources(room.id),
               studio_closed(address.id, address.timezone) * future, special.changed * future,
               special.open * future,
               (SELECT min((amount * 60 + duration_minutes - 1) / duration_minutes) FROM room_prices
                WHERE room_id = room.id))
    """,
    "search sees every studio as it is": """
        SELECT address.id FROM addresses AS address
        LEFT JOIN studio_listings AS listing ON listing.address_id = address.id
        CROSS JOIN (SELECT tstzmultirange(tstzrange(now() + interval '3 days', NULL))) AS later (future)
        WHERE (listing.is_listed, listing.city_id, listing.latitude, listing.longitude, listing.timezone,
               listing.equipment, listing.badges, listing.open_minutes, listing.closed * future)
        IS DISTINCT FROM (address.status = 'published', address.city_id, address.latitude, address.longitude,
                          address.timezone, studio_equipment(address.id), studio_badges(address.id),
                          studio_open_minutes(address.id), studio_closed(address.id, address.timezone) * future)
    """,
    "search sees what is taken for good, day by day, and nothing else": """
        SELECT resource_id, day FROM (
            SELECT occupancy.resource_id, utc_day(starts_at) + number AS day,
                   range_agg(tstzrange(starts_at, ends_at)) AS taken
            FROM occupancies AS occupancy JOIN rooms USING (resource_id),
                 generate_series(0, utc_last_day(ends_at) - utc_day(starts_at)) AS number
            WHERE expires_at IS NULL GROUP BY 1, 2
        ) AS truth
        FULL JOIN taken_days AS seen USING (resource_id, day)
        WHERE day >= current_date AND coalesce(truth.taken, '{}') <> coalesce(seen.taken, '{}')
    """,
    "search sees no day as full on which a room of the block is free": """
        SELECT seen.city_id, seen.day, seen.block, listing.room_id
        FROM full_days AS seen JOIN room_listings AS listing
        ON listing.city_id = seen.city_id AND block_of(listing.resource_id) = seen.block
        LEFT JOIN taken_days AS taken ON taken.resource_id = listing.resource_id AND taken.day = seen.day
        WHERE seen.day >= current_date AND listing.is_listed AND listing.hourly_amount IS NOT NULL
        AND seen.touched & ~coalesce(taken.touched, 0::bit(96)) <> 0::bit(96)
    """,
    "search sees every room within what it knows of the city": """
        SELECT room_id FROM room_listings LEFT JOIN city_extents AS known USING (city_id)
        WHERE is_listed AND NOT coalesce(
            latitude BETWEEN known.south AND known.north AND longitude BETWEEN known.west AND known.east, false)
    """,
    "search sees the words of every name": """
        SELECT truth.kind, truth.id FROM (
            SELECT 'studio' AS kind, address.id, listing.words AS seen, studio.words
            FROM addresses AS address JOIN cities AS city ON city.id = address.city_id
            LEFT JOIN studio_listings AS listing ON listing.address_id = address.id
            CROSS JOIN LATERAL (
                SELECT setweight(to_tsvector('simple', search_key(address.name)), 'A')
                    || setweight(to_tsvector('simple', search_key(city.name)), 'B') AS words) AS studio
            UNION ALL
            SELECT 'room', room.id, listing.words,
                   setweight(to_tsvector('simple', search_key(room.name)), 'A')
                   || setweight(to_tsvector('simple', search_key(address.name)), 'A')
                   || setweight(to_tsvector('simple', search_key(city.name)), 'B')
            FROM rooms AS room JOIN addresses AS address ON address.id = room.address_id
            JOIN cities AS city ON city.id = address.city_id
            LEFT JOIN room_listings AS listing ON listing.room_id = room.id
        ) AS truth
        WHERE seen IS DISTINCT FROM words
           OR EXISTS (SELECT FROM unnest(tsvector_to_array(words)) AS said
                      WHERE said NOT IN (SELECT word FROM search_words))
    """,
    "a conversation knows its newest message, and each side the newest of the other": """
        SELECT reader.conversation_id, reader.side
        FROM conversation_readers AS reader JOIN conversations ON conversations.id = reader.conversation_id
        CROSS JOIN LATERAL (
            SELECT max(id) AS newest, coalesce(max(id) FILTER (WHERE messages.side <> reader.side), 0) AS of_other
            FROM messages WHERE messages.conversation_id = reader.conversation_id
        ) AS written
        WHERE (last_message_id, latest_message_id) IS DISTINCT FROM (newest, of_other)
    """,
    "no event waits in the outbox for more than five minutes": """
        SELECT id FROM outbox WHERE sent_at IS NULL AND created_at < clock_timestamp() - interval '5 minutes'
    """,
    "no event was set aside": "SELECT event_id, handler, error FROM event_handlings WHERE error IS NOT NULL",
}


async def check(session: AsyncSession) -> dict[str, list[tuple[object, ...]]]:
    """The first rows that break each invariant; empty when all hold."""
    broken = {name: await _find(session, query) for name, query in INVARIANTS.items()}
    return {name: rows for name, rows in broken.items() if rows}


async def report(database: Database) -> None:
    """Checks them one by one, so that one that takes too long keeps no other from being checked."""
    for name, query in INVARIANTS.items():
        try:
            async with database.transaction() as session:
                rows = await _find(session, query)
        except DATABASE_ERRORS as error:
            BROKEN_INVARIANTS.labels(name).set(NOT_CHECKED)
            log.warning("invariant_not_checked", invariant=name, error=type(error).__name__)
            continue
        BROKEN_INVARIANTS.labels(name).set(BROKEN if rows else 0)
        if rows:
            log.error("invariant_broken", invariant=name, first=[row[0] for row in rows])
    INVARIANTS_CHECKED.set_to_current_time()


async def _find(session: AsyncSession, query: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in await session.execute(text(f"{query} LIMIT 10"))]
