"""Runs migrations against `DATABASE_URL`, while the version before them serves (docs/operations.md).

DDL gives up after three seconds rather than queue the whole site behind it: started again, the run goes on after the
last migration that has passed, as each is a transaction of its own. Of several runs at once one works.
"""

import asyncio

from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from alembic import context
from src.core.config import get_settings
from src.model_registry import metadata

LOCK_TIMEOUT = "3s"
PAUSE_SECONDS = 0.5


async def wait_for_turn(connection: AsyncConnection) -> None:
    """Asks again and again: a statement that waits has a snapshot, and an index built CONCURRENTLY waits for that."""
    turn = text("SELECT pg_try_advisory_lock(hashtext('downbeat.migrations'))")
    while not await connection.scalar(turn):
        await connection.commit()
        await asyncio.sleep(PAUSE_SECONDS)


def run(connection: Connection) -> None:
    connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
    connection.commit()
    context.configure(
        connection=connection,
        target_metadata=metadata,
        compare_type=True,
        compare_server_default=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


async def main() -> None:
    engine = create_async_engine(get_settings().database_url)
    async with engine.connect() as connection:
        await wait_for_turn(connection)
        await connection.commit()
        await connection.run_sync(run)
    await engine.dispose()


asyncio.run(main())
