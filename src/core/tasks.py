"""Celery tasks as async functions: one event loop and one database a worker process, made inside it."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from contextvars import copy_context
from functools import cache
from typing import Any, Concatenate, ParamSpec, TypeVar

from celery import current_task, shared_task
from celery.signals import worker_process_shutdown
from sqlalchemy.ext.asyncio import AsyncSession

from src.core.config import get_settings
from src.core.database import DATABASE_ERRORS, Database, is_retryable
from src.core.live import Signals
from src.core.logging import name_in_logs

P = ParamSpec("P")
R = TypeVar("R")

MOST_ATTEMPTS = 3


class _Process:
    """What one worker process holds on to between tasks."""

    def __init__(self) -> None:
        self.runner = asyncio.Runner()
        self.signals, self.database = self.runner.run(self._connect())

    @staticmethod
    async def _connect() -> tuple[Signals, Database]:
        settings = get_settings()
        signals = Signals(settings.redis_url)
        return signals, Database(settings, on_news=signals.wake)

    def run(self, work: Awaitable[R]) -> R:
        async def awaited() -> R:
            if current_task:
                name_in_logs(task=current_task.name, task_id=current_task.request.id)
            return await work

        # The task's own: what its lines in the log are named after, and the span that its statements belong to.
        return self.runner.run(awaited(), context=copy_context())

    def close(self) -> None:
        self.runner.run(self.database.close())
        self.runner.run(self.signals.close())
        self.runner.close()


@cache
def _process() -> _Process:
    return _Process()


@worker_process_shutdown.connect  # type: ignore[untyped-decorator]
def _close_process(**_: Any) -> None:
    if _process.cache_info().currsize:
        with suppress(Exception):  # the process ends anyway; the server closes what is left
            _process().close()


def database_task(
    name: str, **options: Any
) -> Callable[[Callable[Concatenate[Database, P], Awaitable[R]]], Any]:
    """For work that calls a provider: the function opens its own short transactions around the calls."""

    def decorate(function: Callable[Concatenate[Database, P], Awaitable[R]]) -> Any:
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            process = _process()
            return process.run(function(process.database, *args, **kwargs))

        return shared_task(name=name, **options)(run)

    return decorate


def transactional_task(
    name: str, **options: Any
) -> Callable[[Callable[Concatenate[AsyncSession, P], Awaitable[R]]], Any]:
    """For work that is one transaction, tried again when it lost a deadlock."""

    def decorate(function: Callable[Concatenate[AsyncSession, P], Awaitable[R]]) -> Any:
        async def in_transaction(database: Database, /, *args: P.args, **kwargs: P.kwargs) -> R:
            return await run_in_transaction(database, lambda session: function(session, *args, **kwargs))

        return database_task(name, **options)(in_transaction)

    return decorate


async def run_in_transaction(database: Database, work: Callable[[AsyncSession], Awaitable[R]]) -> R:
    """Commits the work; runs it again, at most three times, when it lost a deadlock or waited too long."""
    for attempt in range(1, MOST_ATTEMPTS + 1):
        try:
            async with database.transaction() as session:
                return await work(session)
        except DATABASE_ERRORS as error:
            if attempt == MOST_ATTEMPTS or not is_retryable(error):
                raise
    raise AssertionError("unreachable")
