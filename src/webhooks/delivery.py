"""Messages are delivered when they are due: leased, committed, sent, and only then marked (docs/adr/0030)."""

import asyncio
import random
import time
from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus
from typing import Final, NamedTuple

import orjson
import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from src.core import events
from src.core.clock import utc_now
from src.core.config import Settings
from src.core.database import Database
from src.core.encryption import SecretBox, SecretUnreadableError
from src.core.outbound import Outbound, OutboundError
from src.core.tasks import run_in_transaction
from src.webhooks import repository, signing
from src.webhooks.enums import DeliveryStatus, DisabledReason
from src.webhooks.events import WebhookEndpointDisabled
from src.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint, WebhookMessage
from src.webhooks.repository import Due

log = structlog.get_logger(__name__)

BATCH: Final = 50
MOST_OF_ENDPOINT: Final = 5
LEASE: Final = timedelta(minutes=2)
MOST_ANSWER_BYTES: Final = 64 * 1024
SHOWN_CHARACTERS: Final = 500
# The pauses that Standard Webhooks recommends: after the last one three days have gone by.
PAUSES: Final = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
JITTER: Final = 0.1
GIVE_UP_AFTER: Final = timedelta(days=5)


class Outcome(NamedTuple):
    attempted_at: datetime
    duration_ms: int
    status_code: int | None = None
    problem: str | None = None
    response: str | None = None

    @property
    def is_taken(self) -> bool:
        return (
            self.status_code is not None and HTTPStatus.OK <= self.status_code < HTTPStatus.MULTIPLE_CHOICES
        )


async def deliver_due(database: Database, *, settings: Settings) -> int:
    """Sends what is due, all at once; returns how many. Any number of workers can.

    A worker that dies in between leaves the rest to the next one: a message may arrive twice, with the same
    `webhook-id`, and is never lost.
    """
    outbound, box = Outbound.of(settings), SecretBox.of(settings)
    async with database.transaction() as session:
        due = await repository.lease(session, limit=BATCH, most_of_endpoint=MOST_OF_ENDPOINT, lease=LEASE)
    sending = [asyncio.create_task(_send(one, outbound=outbound, box=box)) for one in due]
    for sent in asyncio.as_completed(sending):  # marked one by one: they share a pool of a few connections
        one, outcome = await sent
        await run_in_transaction(database, partial(_note, due=one, outcome=outcome))
    return len(due)


async def _send(due: Due, *, outbound: Outbound, box: SecretBox) -> tuple[Due, Outcome]:
    now, started = utc_now(), time.monotonic()

    def outcome(**found: int | str | None) -> Outcome:
        milliseconds = round((time.monotonic() - started) * 1000)
        return Outcome(now, milliseconds, **found)  # type: ignore[arg-type]

    content = render(due.message)
    try:
        headers = signing.headers(due.endpoint, box=box, message_id=due.message.id, content=content, now=now)
        answer = await outbound.post(
            due.endpoint.url, headers=headers, content=content, most_bytes=MOST_ANSWER_BYTES
        )
    except (OutboundError, SecretUnreadableError) as error:
        return due, outcome(problem=f"{type(error).__name__}: {error}"[:200])
    shown = answer.body.decode("utf-8", "replace").replace("\x00", "")[:SHOWN_CHARACTERS]
    return due, outcome(status_code=answer.status, response=shown)


def render(message: WebhookMessage) -> bytes:
    """The body, byte for byte the same at every try."""
    return orjson.dumps(
        {"type": message.type, "timestamp": message.created_at.isoformat(), "data": message.data},
        option=orjson.OPT_SORT_KEYS,
    )


async def _note(session: AsyncSession, *, due: Due, outcome: Outcome) -> None:
    """Locks the endpoint, then the delivery, as whoever disables or deletes the endpoint does."""
    endpoint = await repository.find_locked(session, due.endpoint.id)
    delivery = await repository.find_pending_locked(session, due.delivery.id)
    if endpoint is None or delivery is None:
        return
    await repository.add_attempt(session, WebhookAttempt(delivery_id=delivery.id, **outcome._asdict()))
    delivery.attempts += 1
    if outcome.is_taken:
        delivery.status, delivery.delivered_at = DeliveryStatus.DELIVERED, outcome.attempted_at
        endpoint.failing_since = None
        return
    log.info("webhook_not_taken", delivery_id=delivery.id, attempts=delivery.attempts)
    _postpone(delivery, now=outcome.attempted_at)
    endpoint.failing_since = endpoint.failing_since or outcome.attempted_at
    if outcome.status_code == HTTPStatus.GONE:
        await _disable(session, endpoint, DisabledReason.GONE)
    elif outcome.attempted_at - endpoint.failing_since > GIVE_UP_AFTER:
        await _disable(session, endpoint, DisabledReason.FAILING)


def _postpone(delivery: WebhookDelivery, *, now: datetime) -> None:
    if delivery.attempts > len(PAUSES):
        delivery.status = DeliveryStatus.FAILED
        return
    pause = PAUSES[delivery.attempts - 1]
    # Chance spreads here, it hides nothing.
    delivery.due_at = now + pause * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 # nosec B311


async def _disable(session: AsyncSession, endpoint: WebhookEndpoint, reason: DisabledReason) -> None:
    endpoint.disabled_at, endpoint.disabled_reason = utc_now(), reason
    await session.flush()
    await repository.give_up_pending(session, endpoint_id=endpoint.id)
    await events.publish(session, WebhookEndpointDisabled(endpoint_id=endpoint.id))
