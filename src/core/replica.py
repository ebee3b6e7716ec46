"""A copy of the database for reads that may be a moment old; the primary answers while the copy does not."""

import asyncio
import time
from typing import Final, Self

import asyncpg
import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from src.core.config import Settings
from src.core.observability.metrics import REPLICA_READS_BY_PRIMARY
from src.core.pools import open_pool

# Nobody waits longer than this for a copy while the primary is there, and only one does in so many seconds.
ANSWER_SECONDS: Final = 1.0
PAUSE_SECONDS: Final = 5.0
FAILURES: Final = (
    DBAPIError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    PoolTimeoutError,
    OSError,
    TimeoutError,
)

log = structlog.get_logger(__name__)


class Replica:
    def __init__(self, engine: AsyncEngine, sessions: async_sessionmaker[AsyncSession]) -> None:
        self._engine = engine
        self._sessions = sessions
        self._asked_again_at = 0.0

    @classmethod
    def of(cls, settings: Settings, *, sessions: async_sessionmaker[AsyncSession]) -> Self | None:
        """None without DATABASE_READ_URL. Its sessions are like those of the primary."""
        if settings.database_read_url is None:
            return None
        engine = open_pool(settings.database_read_url, settings, name="replica", read_only=True)
        return cls(engine, sessions)

    async def session(self) -> AsyncSession | None:
        """A session that has its connection; None when the replica does not answer."""
        if time.monotonic() < self._asked_again_at:
            REPLICA_READS_BY_PRIMARY.inc()
            return None
        session = self._sessions(bind=self._engine)
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await session.connection()
        except FAILURES as error:
            await session.close()
            self._asked_again_at = time.monotonic() + PAUSE_SECONDS
            REPLICA_READS_BY_PRIMARY.inc()
            log.warning("replica_does_not_answer", error=type(error).__name__)
            return None
        return session

    async def close(self) -> None:
        await self._engine.dispose()
