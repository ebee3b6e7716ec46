"""From SIGTERM to the end: first nobody new is sent here, then streams end, then requests in flight are answered."""

import asyncio
import signal
import threading
from collections.abc import Callable
from typing import Any, Final

import structlog

STOP: Final = signal.SIGTERM

log = structlog.get_logger(__name__)


class Shutdown:
    """Stands between the signal and the server, which would stop listening at once.

    For `drain_seconds` readiness says no and everything else goes on, so that a balancer sees it and sends no more.
    Then what has registered is told to end, and the server hears of the signal. A second signal ends the wait.
    """

    def __init__(self, drain_seconds: float) -> None:
        self._drain_seconds = drain_seconds
        self._endings: list[Callable[[], None]] = []
        self._server_hears: Callable[[int, Any], Any] | None = None
        self.is_draining = False

    def before_the_end(self, end: Callable[[], None]) -> None:
        """`end` lets go of what would never end by itself, as an open stream; it is called in the event loop."""
        self._endings.append(end)

    def watch(self) -> None:
        """To be called in the event loop, after the server has installed its own handler."""
        handler = signal.getsignal(STOP)
        # Only the main thread hears signals; a server without a handler dies at once, as it wants to.
        if callable(handler) and threading.current_thread() is threading.main_thread():
            self._server_hears = handler
            self._loop = asyncio.get_running_loop()
            signal.signal(STOP, self._on_signal)

    def _on_signal(self, _number: int, _frame: Any) -> None:
        seconds = 0.0 if self.is_draining else self._drain_seconds
        self.is_draining = True
        self._loop.call_soon_threadsafe(self._loop.call_later, seconds, self._end)

    def _end(self) -> None:
        log.info("stopping")
        for end in self._endings:
            end()
        if self._server_hears is not None:
            self._server_hears(STOP, None)
