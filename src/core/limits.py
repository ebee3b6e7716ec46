"""How often something may be tried: counted in Redis for all processes together.

While Redis is away or slow each process counts by itself: limits are then looser, by the number of processes,
and nobody is locked out by a broken Redis (docs/adr/0010).
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from math import ceil
from typing import Annotated, Any, Final, TypeVar

import redis.exceptions
import structlog
from fastapi import Depends, Request
from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter

from src.core.errors import ProblemError

log = structlog.get_logger(__name__)

# Redis answers in less than a millisecond; what takes longer than this is as good as away.
REDIS_TIMEOUT_SECONDS: Final = 0.2
# After a failure Redis is left alone for so long: not every request should wait for the timeout.
RETRY_SECONDS: Final = 5.0
REDIS_FAILURES = (redis.exceptions.RedisError, OSError, TimeoutError)

T = TypeVar("T")


class TooManyRequestsError(ProblemError):
    status = HTTPStatus.TOO_MANY_REQUESTS
    code = "too_many_requests"
    detail = "Too many tries; wait as many seconds as the header Retry-After says."

    def __init__(self, *, retry_after_seconds: int = 60) -> None:
        super().__init__(headers={"Retry-After": str(retry_after_seconds)})


@dataclass(frozen=True, slots=True)
class Budget:
    """So many tries in any span of that length, for one account or address."""

    limit: RateLimitItem
    name: str
    whose: str

    @classmethod
    def of(cls, limit: str, *, name: str, whose: str) -> "Budget":
        """`limit` as in the settings: `10/15 minutes`."""
        return cls(parse(limit), name, whose)


class Limiter:
    """One for the whole process. Windows move: no burst of twice the limit around a full hour."""

    def __init__(self, redis_url: str, *, prefix: str = "downbeat:limits") -> None:
        self._redis = RedisStorage(
            redis_url,
            implementation="redispy",
            key_prefix=prefix,
            socket_timeout=REDIS_TIMEOUT_SECONDS,
            socket_connect_timeout=REDIS_TIMEOUT_SECONDS,
        )
        self._shared = MovingWindowRateLimiter(self._redis)
        self._local = MovingWindowRateLimiter(MemoryStorage())
        self._is_local_until = 0.0

    async def spend(self, *budgets: Budget) -> None:
        """Takes one try from each, in this order. Raises `TooManyRequestsError` at the first that has none left."""
        for budget in budgets:
            wait = await self._counted(partial(_spend, budget))
            if wait is not None:
                raise TooManyRequestsError(retry_after_seconds=wait)

    async def restore(self, budget: Budget) -> None:
        """Gives all tries back."""
        await self._counted(partial(_restore, budget))

    async def close(self) -> None:
        bridge: Any = self._redis.bridge  # declared as the base of all clients' bridges, which has no client
        await bridge.get_connection().aclose()

    async def _counted(self, count: Callable[[MovingWindowRateLimiter], Awaitable[T]]) -> T:
        if time.monotonic() >= self._is_local_until:
            try:
                async with asyncio.timeout(REDIS_TIMEOUT_SECONDS):
                    return await count(self._shared)
            except REDIS_FAILURES as error:
                self._is_local_until = time.monotonic() + RETRY_SECONDS
                log.warning("limits_counted_locally", error=repr(error))
        return await count(self._local)


async def _spend(budget: Budget, limiter: MovingWindowRateLimiter) -> int | None:
    """None, or the seconds until there is a try again."""
    if await limiter.hit(budget.limit, budget.name, budget.whose):
        return None
    window = await limiter.get_window_stats(budget.limit, budget.name, budget.whose)
    return max(1, ceil(window.reset_time - time.time()))


async def _restore(budget: Budget, limiter: MovingWindowRateLimiter) -> None:
    await limiter.clear(budget.limit, budget.name, budget.whose)


async def _get_limiter(request: Request) -> Limiter:
    limiter: Limiter = request.app.state.limiter
    return limiter


LimiterDep = Annotated[Limiter, Depends(_get_limiter)]
