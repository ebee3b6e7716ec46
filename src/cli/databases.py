"""Creating and dropping databases on any PostgreSQL server, for tests, `make dev` and the bench."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import asyncpg
from sqlalchemy.engine import make_url

CONNECT_SECONDS = 5

Result = TypeVar("Result")


def at(server_url: str, database: str) -> str:
    """Return the URL of another database on the same server, for SQLAlchemy."""
    return (
        make_url(server_url)
        .set(drivername="postgresql+asyncpg", database=database)
        .render_as_string(hide_password=False)
    )


def fetch(url: str, query: str, *arguments: object) -> list[asyncpg.Record]:
    """Run one statement outside a transaction (CREATE DATABASE refuses to run inside one)."""
    return _run_apart(_fetch(url, query, *arguments))


def create(server_url: str, name: str, template: str | None = None) -> str:
    """Create a database, replacing one of the same name, and return its URL."""
    drop(server_url, name)
    copying = f' TEMPLATE "{template}"' if template else ""
    fetch(server_url, f'CREATE DATABASE "{name}"{copying}')
    return at(server_url, name)


def drop(server_url: str, name: str) -> None:
    """Drop a database even if somebody is still connected to it."""
    fetch(server_url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def names_starting_with(server_url: str, prefix: str) -> list[str]:
    """List the server's databases whose name starts with `prefix`."""
    rows = fetch(server_url, "SELECT datname FROM pg_database WHERE starts_with(datname, $1)", prefix)
    return [row["datname"] for row in rows]


async def _fetch(url: str, query: str, *arguments: object) -> list[asyncpg.Record]:
    plain_url = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(plain_url, timeout=CONNECT_SECONDS)
    try:
        return list(await connection.fetch(query, *arguments))
    finally:
        await connection.close()


def _run_apart(work: Coroutine[Any, Any, Result]) -> Result:
    # In a thread of its own, because callers may be inside a running event loop (async tests).
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(asyncio.run, work).result()
