"""Races without luck: one of two stops at the point where the other has to pass."""

import asyncio
from types import ModuleType
from typing import Any

import pytest


class Pause:
    """Stops the first call of a function, before it does anything or after, until it is told to go on."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, module: ModuleType, name: str, *, after: bool = False
    ) -> None:
        self._real = getattr(module, name)
        self._is_after = after
        self._is_first = True
        self.reached, self.go_on = asyncio.Event(), asyncio.Event()
        monkeypatch.setattr(module, name, self)

    async def reached_by(self, task: asyncio.Task[Any]) -> None:
        """Fails at once when the task ends without passing here."""
        reached = asyncio.create_task(self.reached.wait())
        await asyncio.wait({task, reached}, timeout=20, return_when=asyncio.FIRST_COMPLETED)
        reached.cancel()
        assert self.reached.is_set(), task.result().text if task.done() else "nobody comes by"

    async def __call__(self, *args: Any, **options: Any) -> Any:
        is_first, self._is_first = self._is_first, False
        if is_first and not self._is_after:
            await self._wait()
        outcome = await self._real(*args, **options)
        if is_first and self._is_after:
            await self._wait()
        return outcome

    async def _wait(self) -> None:
        self.reached.set()
        await asyncio.wait_for(self.go_on.wait(), 20)
