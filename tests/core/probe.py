"""A small application of core's parts alone, with routes that a test makes up."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import httpx
from fastapi import APIRouter, FastAPI
from starlette.middleware import Middleware

from src.cli import databases
from src.core import health
from src.core.config import Settings
from src.core.database import Database
from src.core.errors import UnauthorizedError
from src.core.http import TransactionalRoute, install_error_handlers
from src.core.identity import Principal, Role
from src.core.middleware import RequestContextMiddleware
from src.core.openapi import DocumentedApi
from src.core.shutdown import Shutdown

Client: TypeAlias = httpx.AsyncClient


def probe_router() -> APIRouter:
    return APIRouter(route_class=TransactionalRoute)


def probe_app(settings: Settings, database: Database, router: APIRouter) -> FastAPI:
    app = DocumentedApi(
        max_body_size=settings.max_body_bytes, middleware=[Middleware(RequestContextMiddleware)]
    )
    app.state.settings = settings
    app.state.database = database
    app.state.authenticate = user_of_token
    app.state.shutdown = Shutdown(settings.drain_seconds)
    install_error_handlers(app)
    app.include_router(router)
    app.include_router(health.router)
    return app


def probe_client(settings: Settings, database: Database, router: APIRouter) -> Client:
    return client_of(probe_app(settings, database, router))


def client_of(app: Any) -> Client:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


async def user_of_token(_: Database, token: str) -> Principal:
    """In the probe a token is the number of a user."""
    if not token.isdigit():
        raise UnauthorizedError
    return Principal(user_id=int(token), session_id=1, role=Role.USER)


def speaking_as(user_id: int, **headers: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {user_id}"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }


def create_probe_tables(url: str) -> None:
    """Rows whose parent is looked for at the commit, so that a commit can be made to fail."""
    databases.fetch(
        url,
        "CREATE TABLE probe_rows ("
        " id bigint PRIMARY KEY,"
        " parent_id bigint CONSTRAINT fk_probe_rows_parent REFERENCES probe_rows DEFERRABLE INITIALLY DEFERRED,"
        " note text NOT NULL DEFAULT '')",
    )


async def until(is_true: Callable[[], Awaitable[Any]], *, seconds: float = 10) -> None:
    """Asks again and again, because what is waited for happens in another process."""
    end = time.monotonic() + seconds
    while not await is_true():
        assert time.monotonic() < end, "it did not happen in time"
        await asyncio.sleep(0.01)


async def waiting_for_a_lock(database: Database) -> bool:
    async with database.fast_reading() as connection:
        waiting = await connection.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
    return bool(waiting)
