"""The Celery application: `celery -A src.worker worker` and `celery -A src.worker beat`.

Due times live in PostgreSQL and beat polls them: no task waits in the broker for longer than seconds, so that
neither RabbitMQ's consumer timeout nor Redis' visibility timeout ever matters (docs/adr/0006).
"""

from typing import Any

from celery import Celery, Task
from celery.signals import setup_logging
from sqlalchemy.ext.asyncio import AsyncSession

from src import model_registry
from src.bookings import tasks as bookings
from src.core import idempotency, outbox, uploads
from src.core.config import get_settings
from src.core.database import Database
from src.core.logging import configure_logging
from src.core.mail import tasks as mail
from src.core.storage import storage_from
from src.core.tasks import database_task, run_in_transaction, transactional_task
from src.payments import tasks as payments
from src.subscriptions import SUBSCRIPTIONS

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
            "payments.carry_out_refunds": 2.0,
            "bookings.expire_holds": 15.0,
            "core.delete_unused_files": 600.0,
            "core.forget_idempotency_records": 3600.0,
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


@database_task("core.delete_unused_files")
async def delete_unused_files(database: Database) -> int:
    return await uploads.delete_unused(database, storage=storage_from(settings))


__all__ = ["app", "bookings", "mail", "model_registry", "payments"]
