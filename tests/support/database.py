"""A database whose every transaction is a savepoint of the test's own, rolled back at its end."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from src.core.database import READS_ONLY, Database


class RolledBackDatabase(Database):
    """Stands in for `Database`: one connection, so what a request commits the next one sees."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    def _session(self) -> AsyncSession:
        return AsyncSession(
            self._connection, join_transaction_mode="create_savepoint", expire_on_commit=False
        )

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        async with self._session() as session, session.begin():
            yield session

    @asynccontextmanager
    async def fast_transaction(self) -> AsyncIterator[asyncpg.Connection]:
        async with self.fast_reading() as connection, connection.transaction():
            yield connection

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        async with self._session() as session:
            session.info[READS_ONLY] = True
            yield session

    @asynccontextmanager
    async def fast_reading(self) -> AsyncIterator[asyncpg.Connection]:
        pooled = await self._connection.get_raw_connection()
        yield pooled.driver_connection

    async def close(self) -> None:
        """The test's fixture closes the connection."""
