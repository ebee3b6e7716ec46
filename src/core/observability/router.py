"""What Prometheus reads. nginx answers 404 here; inside, whoever asks needs the token."""

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from typing import Annotated, Final, NamedTuple

import asyncpg
import structlog
from fastapi import APIRouter, Header, Request, Response
from kombu.connection import Connection
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from src.core.config import Settings, SettingsDep
from src.core.database import Database, DatabaseDep
from src.core.observability import metrics

SECONDS: Final = 3.0
QUEUE: Final = "celery"
PREFIX: Final = "downbeat_"
GAUGES: Final = {
    "waiting": "Rows of work that is not done yet.",
    "late_seconds": "How late the work is that has waited longest; 0 when nothing is due.",
    "queued_messages": "Messages that the broker has and no worker has taken.",
}

log = structlog.get_logger(__name__)
router = APIRouter()


class Reading(NamedTuple):
    gauge: str
    work: str
    value: float


# `main` binds what the domains have to tell.
ReadGauges = Callable[[asyncpg.Connection], Awaitable[Sequence[Reading]]]


@router.get("/metrics", include_in_schema=False)
async def get_metrics(
    request: Request,
    database: DatabaseDep,
    settings: SettingsDep,
    authorization: Annotated[str, Header()] = "",
) -> Response:
    """404 without the token: whether there is such a page is nobody's business."""
    if not _may_read(settings, authorization):
        return Response(status_code=HTTPStatus.NOT_FOUND)
    groups = await asyncio.gather(
        _within_seconds(_read_database(database, request.app.state.read_gauges)),
        _within_seconds(asyncio.to_thread(_read_broker, settings.celery_broker_url)),
    )
    # In a thread: the files of many processes take a moment to read.
    text = await asyncio.to_thread(metrics.render)
    return Response(text + _render([*groups[0], *groups[1]]), media_type=CONTENT_TYPE_PLAIN_0_0_4)


def _may_read(settings: Settings, authorization: str) -> bool:
    token = settings.metrics_token.get_secret_value()
    if not token:
        return not settings.is_production
    return hmac.compare_digest(authorization.encode(), f"Bearer {token}".encode())


async def _within_seconds(reading: Awaitable[Sequence[Reading]]) -> Sequence[Reading]:
    """Nothing of a part that does not answer: the others are worth most while one is down."""
    try:
        return await asyncio.wait_for(reading, SECONDS)
    except Exception as error:  # noqa: BLE001
        log.warning("gauge_not_read", error=type(error).__name__)
        return ()


async def _read_database(database: Database, read: ReadGauges) -> Sequence[Reading]:
    async with database.fast_reading() as connection:
        return await read(connection)


def _read_broker(url: str) -> Sequence[Reading]:
    with Connection(url, connect_timeout=SECONDS) as connection:  # type: ignore[no-untyped-call]
        connection.ensure_connection(max_retries=1, timeout=SECONDS)
        try:
            queue = connection.default_channel.queue_declare(QUEUE, passive=True)
        except connection.channel_errors:  # nothing was ever sent
            return (Reading("queued_messages", QUEUE, 0),)
        return (Reading("queued_messages", QUEUE, queue.message_count),)


def _render(readings: Sequence[Reading]) -> bytes:
    registry = CollectorRegistry()
    gauges = {
        name: Gauge(PREFIX + name, help_, ["work"], registry=registry) for name, help_ in GAUGES.items()
    }
    for reading in readings:
        gauges[reading.gauge].labels(reading.work).set(reading.value)
    return generate_latest(registry)
