"""From the outbox to the broker to the handlers: nothing before the commit, nothing lost, nothing twice."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import structlog
from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from src.core.errors import ConflictError
from src.core.events import Event, EventHandling, OutboxRecord
from src.core.observability.metrics import EVENTS

log = structlog.get_logger(__name__)

RELAY_BATCH = 200

# Contravariant in the event: a handler takes the event that it is subscribed to.
Handler = Callable[[AsyncSession, Any], Awaitable[None]]
Subscriptions = Mapping[type[Event], Sequence[Handler]]
Dispatch = Callable[[int, str], None]


class EventNotSetAsideError(ConflictError):
    code = "event_not_set_aside"
    detail = "No handler has given this event up."


def handler_name(handler: Handler) -> str:
    """`bookings.handlers.mail_confirmation`: stable, it stands in the broker's messages."""
    return f"{handler.__module__.removeprefix('src.')}.{handler.__name__}"


async def relay(session: AsyncSession, *, subscriptions: Subscriptions, dispatch: Dispatch) -> int:
    """Hands a batch of unsent events to the broker, oldest first; returns how many.

    Locks the rows with SKIP LOCKED, so that any number of relays can run. `dispatch` returns when the broker
    has confirmed; when it raises, the batch stays unsent. A crash in between sends an event again: handlers
    are idempotent.
    """
    unsent = (
        select(OutboxRecord.id, OutboxRecord.name)
        .where(OutboxRecord.sent_at.is_(None))
        .order_by(OutboxRecord.id)
        .limit(RELAY_BATCH)
        .with_for_update(skip_locked=True)
    )
    records = (await session.execute(unsent)).all()
    for record in records:
        for handler in _handlers(subscriptions, record.name):
            dispatch(record.id, handler_name(handler))
        EVENTS.labels(record.name).inc()
    sent = [record.id for record in records]
    await session.execute(
        update(OutboxRecord).where(OutboxRecord.id.in_(sent)).values(sent_at=func.clock_timestamp())
    )
    return len(sent)


def _handlers(subscriptions: Subscriptions, name: str) -> Sequence[Handler]:
    """None for an event that this process doesn't know, of a version before or after it: it must not block others."""
    kind = Event.registry.get(name)
    if kind is None:
        log.error("unknown_event", name=name)
        return ()
    return subscriptions.get(kind, ())


async def handle(session: AsyncSession, *, subscriptions: Subscriptions, event_id: int, handler: str) -> bool:
    """Runs one handler for one event; False when it had already run.

    The mark and the handler's effects are one transaction. A second delivery waits on the mark's key.
    """
    mark = insert(EventHandling).values(event_id=event_id, handler=handler).on_conflict_do_nothing()
    if (await session.execute(mark.returning(EventHandling.event_id))).first() is None:
        return False
    record = await session.get_one(OutboxRecord, event_id)
    kind = Event.registry[record.name]
    run = next(known for known in subscriptions[kind] if handler_name(known) == handler)
    await run(session, kind.from_payload(record.payload))
    return True


async def retry_set_aside(session: AsyncSession, *, event_id: int) -> None:
    """Hands the event to the broker once more; handlers that have dealt with it do nothing.

    Raises `EventNotSetAsideError`.
    """
    failed = delete(EventHandling).where(EventHandling.event_id == event_id, EventHandling.error.is_not(None))
    if not (await session.scalars(failed.returning(EventHandling.handler))).all():
        raise EventNotSetAsideError
    await session.execute(update(OutboxRecord).where(OutboxRecord.id == event_id).values(sent_at=None))


async def set_aside(session: AsyncSession, *, event_id: int, handler: str, error: str) -> None:
    """Ends the retries of a handler that keeps failing, and keeps the reason for a person."""
    log.error("event_set_aside", event_id=event_id, handler=handler, error=error)
    mark = insert(EventHandling).values(event_id=event_id, handler=handler, error=error)
    await session.execute(mark.on_conflict_do_nothing())
