"""The database: one transaction a request or task, committed before the answer leaves.

Two ways to write and two to read, a comfortable and a fast one each:

* `SessionDep`: an `AsyncSession` inside one read-write transaction. Services may flush, never commit.
* `FastTransactionDep`: the same on the driver's own connection, for the hot path whose SQL is written by hand.
* `ReadSessionDep`: an `AsyncSession` without a transaction, read only in the database too.
* `FastReadDep`: hand-written statements on read-only connections of the driver.

An ORM query costs about five times its statement (docs/adr/0004). `driver(session)` is the shortcut inside a
session's transaction.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager, nullcontext
from typing import Annotated, Any, Final, Protocol, TypeAlias

import asyncpg
from fastapi import Depends, Request
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlalchemy.util import greenlet_spawn

from src.core.config import Settings
from src.core.pools import open_pool, reading_url
from src.core.replica import Replica

_DRIVER: Final = "driver"
READS_ONLY: Final = "reads_only"
_ANNOUNCED: Final = "announced"

# Is told, after a commit, the ids of the users whom it has news for.
OnNews = Callable[[Collection[int]], Awaitable[None]]


class Rows(Protocol):
    """What a hand-written statement needs: the driver's connection, or a `FastReader`."""

    async def fetch(self, query: str, *arguments: Any) -> list[asyncpg.Record]: ...

    async def fetchrow(self, query: str, *arguments: Any) -> asyncpg.Record | None: ...

    async def fetchval(self, query: str, *arguments: Any) -> Any: ...


# A transaction in either form. The driver's own costs half; it knows no objects.
Transaction: TypeAlias = AsyncSession | asyncpg.Connection


class Database:
    """The pools of a process. Made inside the event loop that uses it; `close()` before the loop ends."""

    def __init__(self, settings: Settings, *, on_news: OnNews | None = None) -> None:
        self._on_news = on_news
        self._engine = open_pool(settings.database_url, settings, name="write", read_only=False)
        self._fast_engine = open_pool(reading_url(settings), settings, name="read", read_only=True)
        self._sessions = async_sessionmaker(self._engine, expire_on_commit=False)
        self._read_sessions = async_sessionmaker(
            self._fast_engine, expire_on_commit=False, autoflush=False, info={READS_ONLY: True}
        )
        self._replica = Replica.of(settings, sessions=self._read_sessions)
        self._is_pooled = settings.database_is_pooled

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """Commits when the block ends well, rolls back when it raises."""
        async with self._sessions() as session:
            async with session.begin():
                yield session
            announced: set[int] | None = session.info.get(_ANNOUNCED)
        if announced and self._on_news is not None:
            await self._on_news(announced)

    @asynccontextmanager
    async def fast_transaction(self) -> AsyncIterator[asyncpg.Connection]:
        """The same on the driver's own connection, for use cases whose every statement is written by hand."""
        pooled = await self._engine.raw_connection()
        connection: asyncpg.Connection = pooled.driver_connection
        try:
            async with connection.transaction():
                yield connection
        finally:
            await greenlet_spawn(pooled.close)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """On the replica, where there is one that answers."""
        replicated = await self._replica.session() if self._replica else None
        async with replicated or self._read_sessions() as session:
            yield session

    @asynccontextmanager
    async def fast_reading(self) -> AsyncIterator[asyncpg.Connection]:
        """Never a replica: who may do what, and what is free, has to be today's truth."""
        pooled = await self._fast_engine.raw_connection()
        connection: asyncpg.Connection = pooled.driver_connection
        try:
            async with connection.transaction(readonly=True) if self._is_pooled else nullcontext():
                yield connection
        finally:
            await greenlet_spawn(pooled.close)

    async def close(self) -> None:
        for engine in (self._engine, self._fast_engine):
            await engine.dispose()
        if self._replica:
            await self._replica.close()


class FastReader:
    """Borrows a read-only connection for each statement: cheaper than a dependency that has to give it back."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def fetch(self, query: str, *arguments: Any) -> list[asyncpg.Record]:
        async with self._database.fast_reading() as connection:
            return list(await connection.fetch(query, *arguments))

    async def fetchrow(self, query: str, *arguments: Any) -> asyncpg.Record | None:
        async with self._database.fast_reading() as connection:
            return await connection.fetchrow(query, *arguments)

    async def fetchval(self, query: str, *arguments: Any) -> Any:
        async with self._database.fast_reading() as connection:
            return await connection.fetchval(query, *arguments)


def reads_only(session: AsyncSession) -> bool:
    """Whether this is a session of `Database.reading`, which can write nothing."""
    return READS_ONLY in session.info


def announce(session: AsyncSession, user_ids: Collection[int]) -> None:
    """When this transaction has committed, the process' `on_news` is told that there is something for these users."""
    session.info.setdefault(_ANNOUNCED, set()).update(user_ids)


async def driver(session: Transaction) -> asyncpg.Connection:
    """The driver's connection inside this transaction, for hand-written hot statements.

    SQLAlchemy's asyncpg adapter sends BEGIN with its own first statement only; a statement that goes past
    it has to ask for that, or it would commit by itself (tests/core/test_database.py holds this).
    """
    if not isinstance(session, AsyncSession):
        return session
    connection: asyncpg.Connection | None = session.info.get(_DRIVER)
    if connection is None:
        pooled = await (await session.connection()).get_raw_connection()
        adapter = pooled.dbapi_connection
        if adapter._transaction is None:  # type: ignore[union-attr]  # noqa: SLF001
            await adapter._start_transaction()  # type: ignore[union-attr]  # noqa: SLF001
        # A session lives for one transaction: the connection stays, and finding it costs a switch of greenlets.
        connection = session.info[_DRIVER] = pooled.driver_connection
    return connection


async def get_database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


DatabaseDep = Annotated[Database, Depends(get_database)]


async def get_session(request: Request, database: DatabaseDep) -> AsyncIterator[AsyncSession]:
    async with database.transaction() as session:
        request.state.session = session
        yield session


async def get_read_session(database: DatabaseDep) -> AsyncIterator[AsyncSession]:
    async with database.reading() as session:
        yield session


async def get_fast_transaction(request: Request, database: DatabaseDep) -> AsyncIterator[asyncpg.Connection]:
    async with database.fast_transaction() as connection:
        request.state.session = connection
        yield connection


async def get_fast_reader(request: Request) -> FastReader:
    return FastReader(request.app.state.database)


# FastAPI runs the exit of a plain `yield` dependency after the response is sent; "function" runs it before.
SessionDep = Annotated[AsyncSession, Depends(get_session, scope="function")]
ReadSessionDep = Annotated[AsyncSession, Depends(get_read_session, scope="function")]
FastTransactionDep = Annotated[asyncpg.Connection, Depends(get_fast_transaction, scope="function")]
FastReadDep = Annotated[FastReader, Depends(get_fast_reader)]

# What SQLAlchemy and the driver raise, each on its own path.
DATABASE_ERRORS = (
    DBAPIError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    PoolTimeoutError,
    ConnectionError,
    TimeoutError,
)

_RETRYABLE = {"40P01", "40001", "55P03"}
_UNAVAILABLE_CLASSES = ("08", "53", "57")
_INTEGRITY_CLASS = "23"
_DATA_CLASS = "22"


def sqlstate(error: BaseException) -> str | None:
    """The five characters of PostgreSQL's Appendix A, whichever layer raised."""
    source = error.orig if isinstance(error, DBAPIError) else error
    return getattr(source, "sqlstate", None)


def is_retryable(error: BaseException) -> bool:
    """Deadlock, serialization failure or lock timeout: the same transaction may win next time."""
    return sqlstate(error) in _RETRYABLE


def is_integrity_error(error: BaseException) -> bool:
    return (sqlstate(error) or "").startswith(_INTEGRITY_CLASS)


def is_data_error(error: BaseException) -> bool:
    """A value that the database can't hold: a NUL byte, a number out of range."""
    source = error.orig if isinstance(error, DBAPIError) else error
    cause = source.__cause__ if source is not None else None
    return (sqlstate(error) or "").startswith(_DATA_CLASS) or isinstance(
        error if cause is None else cause, asyncpg.DataError
    )


def is_unavailable(error: BaseException) -> bool:
    """The server is down, starting, out of connections, or the pool is."""
    if isinstance(error, PoolTimeoutError | ConnectionError | TimeoutError):
        return True
    state = sqlstate(error)
    if state is not None:
        return state.startswith(_UNAVAILABLE_CLASSES)
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    return lost or isinstance(error, InterfaceError | OperationalError | asyncpg.InterfaceError)


def violated_constraint(error: BaseException) -> str | None:
    source: Any = error.orig if isinstance(error, DBAPIError) else error
    source = source if hasattr(source, "constraint_name") else getattr(source, "__cause__", None)
    name: str | None = getattr(source, "constraint_name", None)
    return name
