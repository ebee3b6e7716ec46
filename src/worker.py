"""The Celery application: `celery -A src.worker worker` and `celery -A src.worker beat`.

Due times live in PostgreSQL and beat polls them: no task waits in the broker for longer than seconds, so that
neither RabbitMQ's consumer timeout nor Redis' visibility timeout ever matters (docs/adr/0006).
"""

from typing import Any

from celery import Celery, Task
from celery.signals import setup_logging
from sqlalchemy.ext.asyncio import AsyncSession

from src import invariants, model_registry
from src.agreements import tasks as agreements
from src.appointments import tasks as appointments
from src.bookings import tasks as bookings
from src.bookings.waitlist import tasks as waitlist
from src.core import idempotency, outbox, uploads
from src.core.config import get_settings
from src.core.database import Database
from src.core.logging import configure_logging, name_in_logs
from src.core.mail import tasks as mail
from src.core.observability import worker as observability
from src.core.storage import storage_from
from src.core.tasks import database_task, run_in_transaction, transactional_task
from src.messages import tasks as messages
from src.notifications import tasks as notifications
from src.payments import tasks as payments
from src.rooms import tasks as rooms
from src.rooms.search import tasks as search
from src.subscriptions import SUBSCRIPTIONS
from src.webhooks import tasks as webhooks

TASK_SECONDS = 60
VISIBILITY_SECONDS = 2 * TASK_SECONDS
MOST_HANDLER_ATTEMPTS = 6
PUBLISH_TIMEOUT_SECONDS = 5

settings = get_settings()

app = Celery("downbeat", broker=settings.celery_broker_url, backend=settings.redis_url)
app.conf.update(
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_time_limit=TASK_SECONDS,
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    broker_connection_retry_on_startup=True,
    broker_transport_options=(
        {"confirm_publish": True, "confirm_timeout": PUBLISH_TIMEOUT_SECONDS}
        if settings.celery_broker_url.startswith("amqp")
        else {"visibility_timeout": VISIBILITY_SECONDS, "socket_timeout": PUBLISH_TIMEOUT_SECONDS}
    ),
    timezone="UTC",
    beat_schedule={
        name: {"task": name, "schedule": seconds, "options": {"expires": 2 * seconds}}
        for name, seconds in {
            "core.relay_outbox": 1.0,
            "core.deliver_mails": 1.0,
            "payments.process_webhooks": 1.0,
            "payments.carry_out_refunds": 2.0,
            "payments.reconcile_checkouts": 5.0,
            "payments.reconcile_disputes": 600.0,
            "payments.carry_out_transfers": 5.0,
            "payments.refresh_accounts": 3600.0,
            "payments.create_payouts": 600.0,
            "payments.forget_webhooks": 3600.0,
            "agreements.draw_up_due": 2.0,
            "bookings.expire_holds": 15.0,
            "bookings.sweep_waitlist": 60.0,
            "rooms.poll_calendar_imports": 5.0,
            "bookings.expire_proposals": 15.0,
            "messages.tell_unread": 30.0,
            "bookings.complete_past_bookings": 60.0,
            "bookings.forget_guests": 3600.0,
            "bookings.send_reminders": 60.0,
            "appointments.settle_past": 60.0,
            "appointments.remind": 60.0,
            "core.delete_unused_files": 600.0,
            "core.forget_idempotency_records": 3600.0,
            "core.forget_mails": 3600.0,
            "notifications.forget_old": 600.0,
            "core.check_invariants": 1800.0,
            "rooms.forget_past_days": 6 * 3600.0,
            "webhooks.deliver_due": 2.0,
            "webhooks.forget_old": 3600.0,
        }.items()
    },
)


@setup_logging.connect  # type: ignore[untyped-decorator]
def _configure_logging(**_: Any) -> None:
    configure_logging(settings)


@transactional_task("core.relay_outbox")
async def relay_outbox(session: AsyncSession) -> int:
    return await outbox.relay(session, subscriptions=SUBSCRIPTIONS, dispatch=_dispatch)


def _dispatch(event_id: int, handler: str) -> None:
    """Blocks until the broker has the message; this process does nothing else meanwhile."""
    app.send_task("core.handle_event", args=(event_id, handler), retry=False)


@database_task("core.handle_event", bind=True)
async def handle_event(database: Database, task: Task, event_id: int, handler: str) -> None:
    """Runs one handler; after its last failure the event is set aside for a person."""
    name_in_logs(event_id=event_id, handler=handler)
    try:
        await run_in_transaction(
            database,
            lambda session: outbox.handle(
                session, subscriptions=SUBSCRIPTIONS, event_id=event_id, handler=handler
            ),
        )
    except Exception as error:
        attempts = task.request.retries + 1
        if attempts < MOST_HANDLER_ATTEMPTS:
            raise task.retry(exc=error, countdown=2**attempts, max_retries=None) from error
        async with database.transaction() as session:
            await outbox.set_aside(session, event_id=event_id, handler=handler, error=repr(error))


@transactional_task("core.forget_idempotency_records")
async def forget_idempotency_records(session: AsyncSession) -> int:
    return await idempotency.forget(session, hours=settings.idempotency_hours)


@database_task("core.check_invariants")
async def check_invariants(database: Database) -> None:
    """Tells the metrics and the log; an alert calls a person."""
    await invariants.report(database)


@database_task("core.delete_unused_files")
async def delete_unused_files(database: Database) -> int:
    return await uploads.delete_unused(database, storage=storage_from(settings))


__all__ = [
    "agreements",
    "app",
    "appointments",
    "bookings",
    "mail",
    "messages",
    "model_registry",
    "notifications",
    "observability",
    "payments",
    "rooms",
    "search",
    "waitlist",
    "webhooks",
]
