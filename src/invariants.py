"""What has to be true of the data at every moment; each query returns the rows that break it."""

from collections.abc import Mapping

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

INVARIANTS: Mapping[str, str] = {
    "no two occupancies of a resource overlap": """
        SELECT a.id, b.id FROM occupancies AS a JOIN occupancies AS b
        ON a.resource_id = b.resource_id AND a.id < b.id
        AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at
    """,
    "a confirmed booking has its time": """
        SELECT id FROM bookings WHERE status = 'confirmed' AND NOT EXISTS (
            SELECT FROM occupancies WHERE occupancies.claim_id = bookings.claim_id
            AND occupancies.expires_at IS NULL
            AND occupancies.starts_at <= bookings.starts_at AND occupancies.ends_at >= bookings.ends_at)
    """,
    "a booking that has ended takes no time": """
        SELECT bookings.id FROM bookings JOIN occupancies USING (claim_id)
        WHERE bookings.status IN ('expired', 'cancelled')
    """,
    "no hold is pending for more than a minute after it has expired": """
        SELECT id FROM bookings
        WHERE status = 'pending' AND expires_at < clock_timestamp() - interval '1 minute'
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
    "what a cancellation promised goes back within five minutes": """
        SELECT id FROM bookings
        WHERE status = 'cancelled' AND updated_at < clock_timestamp() - interval '5 minutes'
        AND refund_amount <> (
            SELECT coalesce(sum(refunds.amount), 0) FROM refunds JOIN charges ON charges.id = charge_id
            WHERE charges.booking_id = bookings.id AND reason = 'cancelled')
    """,
    "the ledger knows every captured and refunded cent": """
        SELECT coalesce(ledger.held, 0), coalesce(gateways.held, 0)
        FROM (SELECT sum(amount) AS held FROM ledger_entries WHERE account = 'gateway_clearing') AS ledger,
             (SELECT sum(amount - (SELECT coalesce(sum(amount), 0) FROM refunds
                                   WHERE charge_id = charges.id AND status = 'succeeded')) AS held
              FROM charges WHERE status = 'succeeded') AS gateways
        WHERE coalesce(ledger.held, 0) <> coalesce(gateways.held, 0)
    """,
    "every picture that is shown has an owner in the table of stored files": """
        SELECT shown.key FROM (SELECT photo AS key FROM users UNION ALL SELECT logo FROM companies) AS shown
        WHERE key IS NOT NULL AND NOT EXISTS (
            SELECT FROM stored_files WHERE stored_files.key = shown.key AND delete_at IS NULL)
    """,
    "no event waits in the outbox for more than five minutes": """
        SELECT id FROM outbox WHERE sent_at IS NULL AND created_at < clock_timestamp() - interval '5 minutes'
    """,
    "no event was set aside": "SELECT event_id, handler, error FROM event_handlings WHERE error IS NOT NULL",
}


async def check(session: AsyncSession) -> dict[str, list[tuple[object, ...]]]:
    """The first rows that break each invariant; empty when all hold."""
    broken = {}
    for name, query in INVARIANTS.items():
        rows = (await session.execute(text(f"{query} LIMIT 10"))).all()
        if rows:
            broken[name] = [tuple(row) for row in rows]
    return broken
