"""Is the process up, and are the parts it needs?"""

import asyncio
from collections.abc import Awaitable
from http import HTTPStatus
from typing import Any

import redis.asyncio as redis
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from kombu.connection import Connection
from pydantic import BaseModel, Field

from src.core.config import SettingsDep
from src.core.database import Database, DatabaseDep

TIMEOUT_SECONDS = 2.0
WORST_OUTBOX_LAG_SECONDS = 300

router = APIRouter(tags=["platform"])


class Health(BaseModel):
    status: str = Field(examples=["ok"])


class Readiness(BaseModel):
    status: str = Field(
        examples=["ok"],
        description="`ok`; `unavailable` when one of the checks isn't; `stopping` when this process is about to end",
    )
    checks: dict[str, str] = Field(
        examples=[{"database": "ok", "redis": "ok", "broker": "ok", "outbox": "ok"}]
    )


@router.get("/health", operation_id="get_health")
async def get_health() -> Health:
    """The process is up. Asks nothing of anybody."""
    return Health(status="ok")


@router.get(
    "/health/ready",
    operation_id="get_readiness",
    response_model=Readiness,
    responses={503: {"model": Readiness, "description": "Send no requests here for now"}},
)
async def get_readiness(request: Request, database: DatabaseDep, settings: SettingsDep) -> Response:
    """Whether to send requests here.

    The database, Redis and the broker answer, the outbox is less than five minutes behind, and the process is not
    about to end.
    """
    if request.app.state.shutdown.is_draining:
        return _readiness("stopping", {})
    checks = dict(
        zip(
            ("outbox", "redis", "broker"),
            await asyncio.gather(
                _answer(_outbox(database)),
                _answer(_ping_redis(settings.redis_url)),
                _answer(asyncio.to_thread(_connect_broker, settings.celery_broker_url)),
            ),
            strict=True,
        )
    )
    # The outbox is read from the database: when it answers at all, so does the database.
    checks["database"] = "unavailable" if checks["outbox"] == "unavailable" else "ok"
    is_ready = set(checks.values()) == {"ok"}
    return _readiness("ok" if is_ready else "unavailable", checks)


def _readiness(status: str, checks: dict[str, str]) -> Response:
    code = HTTPStatus.OK if status == "ok" else HTTPStatus.SERVICE_UNAVAILABLE
    return JSONResponse({"status": status, "checks": checks}, status_code=code)


async def _answer(check: Awaitable[str]) -> str:
    """A part that fails in whatever way is unavailable: that is what is asked here."""
    try:
        return await asyncio.wait_for(check, TIMEOUT_SECONDS)
    except Exception:  # noqa: BLE001
        return "unavailable"


async def _outbox(database: Database) -> str:
    async with database.fast_reading() as connection:
        lag = await connection.fetchval(
            "SELECT coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0)"
            " FROM outbox WHERE sent_at IS NULL"
        )
    return "ok" if lag < WORST_OUTBOX_LAG_SECONDS else f"{int(lag)} s behind"


async def _ping_redis(url: str) -> str:
    client: Any = redis.from_url(url, socket_timeout=TIMEOUT_SECONDS)
    async with client:
        await client.ping()
    return "ok"


def _connect_broker(url: str) -> str:
    with Connection(url, connect_timeout=TIMEOUT_SECONDS) as connection:  # type: ignore[no-untyped-call]
        connection.ensure_connection(max_retries=1, timeout=TIMEOUT_SECONDS)
    return "ok"
