"""News for people who are looking: what their open streams show, in this process or another (docs/adr/0027).

Two kinds. What `append` writes lasts: a row of the transaction that made it true, numbered for each user without a
gap, so that a stream that was cut off goes on where it was. What `signal` says is gone when nobody listens: that
somebody is typing. Redis only wakes the readers and carries signals; without it they look by themselves.
"""

import asyncio
import time
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Annotated, Any, Final

import orjson
import redis.asyncio as redis
import structlog
from fastapi import Depends, Request
from sqlalchemy import Index, String, func
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from src.core.database import announce, driver
from src.core.limits import REDIS_FAILURES, REDIS_TIMEOUT_SECONDS, RETRY_SECONDS
from src.core.models import Base

log = structlog.get_logger(__name__)


class LiveCounter(Base):
    """The number of a user's latest live event. It stays when the events are forgotten: no number comes twice."""

    __tablename__ = "live_counters"

    user_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last_number: Mapped[int]


class LiveEvent(Base):
    """What one user's streams show; kept for `LIVE_EVENT_HOURS`."""

    __tablename__ = "live_events"
    __table_args__ = (Index("ix_live_events_created_at", "created_at"),)

    user_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(60))
    data: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())


# Counting locks the user's counter until the commit: numbers become visible in their order, so that "greater than the
# last one seen" leaves nothing out. A rollback gives the number back.
_APPEND: Final = """
WITH news AS (
    SELECT user_id, data FROM unnest($1::bigint[], $2::text[]) AS news (user_id, data)
), counted AS (
    INSERT INTO live_counters (user_id, last_number) SELECT user_id, 1 FROM news ORDER BY user_id
    ON CONFLICT (user_id) DO UPDATE SET last_number = live_counters.last_number + 1
    RETURNING user_id, last_number
)
INSERT INTO live_events (user_id, number, kind, data)
SELECT user_id, last_number, $3, data::jsonb FROM counted JOIN news USING (user_id)
"""


async def append(session: AsyncSession, *, kind: str, news: Mapping[int, Mapping[str, Any]]) -> None:
    """Tells each of the users, by their ids, something that becomes true with this transaction.

    `data` is small: ids, and text to show. Locks the users' counters until the commit, in the order of ids; tell all
    users of a transaction at its end, and at once.
    """
    if not news:
        return
    user_ids = sorted(news)
    data = [orjson.dumps(news[user_id]).decode() for user_id in user_ids]
    await (await driver(session)).execute(_APPEND, user_ids, data, kind)
    announce(session, user_ids)


class Signals:
    """This process' way to all readers, itself included. While Redis is away nothing is said, and nobody waits."""

    def __init__(self, redis_url: str) -> None:
        self.redis: redis.Redis = redis.from_url(redis_url)
        # Redis' databases share their channels.
        self.channel = f"downbeat:live:{self.redis.connection_pool.connection_kwargs.get('db', 0)}"
        self._is_silent_until = 0.0

    async def wake(self, user_ids: Collection[int]) -> None:
        """Readers look for what the users have new. To be called after the commit."""
        await self.publish({"user_ids": list(user_ids)})

    async def publish(self, message: Mapping[str, Any]) -> None:
        if time.monotonic() < self._is_silent_until:
            return
        try:
            async with asyncio.timeout(REDIS_TIMEOUT_SECONDS):
                await self.redis.publish(self.channel, orjson.dumps(message))
        except REDIS_FAILURES as error:
            self._is_silent_until = time.monotonic() + RETRY_SECONDS
            log.warning("live_signals_silent", error=repr(error))

    async def close(self) -> None:
        await self.redis.aclose()


async def signal(signals: Signals, *, user_ids: Collection[int], kind: str, data: Mapping[str, Any]) -> None:
    """Shows something passing to those of the users who are looking now. It may get lost."""
    await signals.publish({"user_ids": list(user_ids), "kind": kind, "data": data})


async def _request_signals(request: Request) -> Signals:
    signals: Signals = request.app.state.signals
    return signals


SignalsDep = Annotated[Signals, Depends(_request_signals)]
