"""How a process connects: what each session is told, and what is different behind PgBouncer (docs/scaling.md)."""

from typing import Any, Final

import orjson
from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from src.core.config import Settings
from src.core.observability.metrics import CONNECTIONS_IN_USE

APPLICATION_NAME: Final = "downbeat"
CONNECT_SECONDS: Final = 5


def reading_url(settings: Settings) -> str:
    """Where the primary's reads go. Behind PgBouncer to a pool of their own there, `<database>_read_only`.

    A request may read while its transaction is open. In one pool transactions could take all connections and then
    wait for another one, each of them.
    """
    if not settings.database_is_pooled:
        return settings.database_url
    url = make_url(settings.database_url)
    return url.set(database=f"{url.database}_read_only").render_as_string(hide_password=False)


def open_pool(url: str, settings: Settings, *, name: str, read_only: bool) -> AsyncEngine:
    """Connections are made when they are first needed. `name` is how the metrics call the pool."""
    options = (
        _behind_pooler(read_only=read_only)
        if settings.database_is_pooled
        else _direct(settings, read_only=read_only)
    )
    engine = create_async_engine(
        url,
        pool_size=settings.database_pool_size,
        max_overflow=0,
        pool_timeout=settings.database_pool_timeout_seconds,
        json_serializer=lambda value: orjson.dumps(value).decode(),
        json_deserializer=orjson.loads,
        hide_parameters=True,  # errors are logged, and parameters are people's data
        **options,
    )
    in_use = CONNECTIONS_IN_USE.labels(name)
    in_use.set(0)
    event.listen(engine.sync_engine, "checkout", _refuse_closed_connection)
    event.listen(engine.sync_engine, "checkout", lambda *_: in_use.inc())
    event.listen(engine.sync_engine, "checkin", lambda *_: in_use.dec())
    return engine


def _direct(settings: Settings, *, read_only: bool) -> dict[str, Any]:
    server_settings = {
        "application_name": APPLICATION_NAME,
        "timezone": "UTC",
        "lock_timeout": str(settings.database_lock_timeout_ms),
        "statement_timeout": str(settings.database_statement_timeout_ms),
        # Compiling a statement takes longer than any of ours; what has many conditions looks dear to the planner.
        "jit": "off",
        "default_transaction_read_only": "on" if read_only else "off",
    }
    reading = {"isolation_level": "AUTOCOMMIT", "pool_reset_on_return": None} if read_only else {}
    return {"connect_args": {"server_settings": server_settings, "timeout": CONNECT_SECONDS}} | reading


def _behind_pooler(*, read_only: bool) -> dict[str, Any]:
    """In transaction mode the next transaction may run on another connection: no state outlives one.

    Timeouts are PgBouncer's to set (`connect_query` in deploy/pgbouncer/pgbouncer.ini). Statements have no name and
    are prepared anew each time: another client's might bear the same one. Between the two messages of a statement the
    connection could change hands, so reads are transactions too.
    """
    return {
        "connect_args": {
            "server_settings": {"application_name": APPLICATION_NAME, "timezone": "UTC"},
            "timeout": CONNECT_SECONDS,
            "statement_cache_size": 0,
            "prepared_statement_cache_size": 0,
            "prepared_statement_name_func": str,
        },
        "execution_options": {"postgresql_readonly": read_only},
    }


def _refuse_closed_connection(dbapi_connection: Any, _record: Any, _proxy: Any) -> None:
    """After a restart of the server every pooled connection is known to be closed: no ping needed."""
    if dbapi_connection.driver_connection.is_closed():
        raise DisconnectionError
