"""What one open stream has still to send: bounded, whatever its client does."""

import asyncio
import time
from typing import Final

from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event

# A client that is behind gets the rest from the database once it has taken these.
MOST_WAITING: Final = 64
RETRY_MILLISECONDS: Final = 2_000


class Stream:
    """One client's. `number` is that of the latest live event which waits here or was sent."""

    __slots__ = (
        "_has_news",
        "_waiting",
        "is_behind",
        "is_closed",
        "last_sign",
        "number",
        "session_id",
        "user_id",
    )

    def __init__(self, *, user_id: int, session_id: int, number: int) -> None:
        self.user_id = user_id
        self.session_id = session_id
        self.number = number
        self.is_behind = False
        self.is_closed = False
        self.last_sign = time.monotonic()
        self._waiting: list[bytes] = []
        self._has_news = asyncio.Event()

    @property
    def has_room(self) -> bool:
        return len(self._waiting) < MOST_WAITING

    def greet(self, *, has_gap: bool) -> None:
        """Tells the client its place, so that it comes back to it even if nothing happens before it is cut off."""
        self._push(
            format_sse_event(
                event="reset" if has_gap else "ready",
                data_str="{}",
                id=str(self.number),
                retry=RETRY_MILLISECONDS,
            )
        )

    def push(self, number: int, chunk: bytes) -> None:
        """A live event, unless it is here already or there is no room: then it stays where it is."""
        if number <= self.number or self.is_behind:
            return
        if not self.has_room:
            self.is_behind = True
            return
        if number > self.number + 1:  # forgotten since the stream began
            self._push(format_sse_event(event="reset", data_str="{}", id=str(number - 1)))
        self.number = number
        self._push(chunk)

    def push_passing(self, chunk: bytes) -> None:
        """Lost on a client that is behind."""
        if self.has_room:
            self._push(chunk)

    def give_sign(self) -> None:
        """So that proxies don't take the connection for dead, and we notice when it is."""
        if not self._waiting:
            self._push(KEEPALIVE_COMMENT)

    def close(self) -> None:
        self.is_closed = True
        self._has_news.set()

    async def take(self) -> bytes:
        """Waits for something to send; empty when the stream is closed."""
        await self._has_news.wait()
        self._has_news.clear()
        if self.is_closed:
            self._waiting.clear()
        taken = b"".join(self._waiting)
        self._waiting.clear()
        return taken

    def _push(self, chunk: bytes) -> None:
        self._waiting.append(chunk)
        self.last_sign = time.monotonic()
        self._has_news.set()
