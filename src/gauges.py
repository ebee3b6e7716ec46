"""What an operator watches and only the database knows: how much waits, and for how long it should not have.

One statement over small partial indexes. Prometheus asks every few seconds, and every API process answers the same.
"""

from collections.abc import Sequence
from typing import Final

import asyncpg

from src.core.observability.router import Reading

# Of each kind of work: how many rows, and by how many seconds the one that waits longest is late.
_WAITING: Final = """
SELECT 'outbox' AS work, count(*) AS waiting, now() - min(created_at) AS late
FROM outbox WHERE sent_at IS NULL
UNION ALL
SELECT 'mails', count(*), now() - min(due_at) FROM mails WHERE status = 'queued'
UNION ALL
SELECT 'webhooks', count(*), now() - min(due_at) FROM webhook_notices WHERE status = 'received'
UNION ALL
SELECT 'checkouts', count(*), now() - min(due_at) FROM charges WHERE status = 'open'
UNION ALL
SELECT 'refunds', count(*), now() - min(due_at) FROM refunds WHERE status = 'pending'
UNION ALL
SELECT 'transfers', count(*), now() - min(due_at) FROM transfers WHERE status = 'pending'
UNION ALL
SELECT 'holds', count(*), now() - min(expires_at) FROM bookings WHERE status IN ('awaiting_approval', 'pending')
UNION ALL
SELECT 'set_aside', count(*), NULL FROM event_handlings WHERE error IS NOT NULL
"""


async def read(connection: asyncpg.Connection) -> Sequence[Reading]:
    readings = []
    for row in await connection.fetch(_WAITING):
        late = max(row["late"].total_seconds(), 0.0) if row["late"] else 0.0
        readings.append(Reading("waiting", row["work"], row["waiting"]))
        readings.append(Reading("late_seconds", row["work"], late))
    return readings
