"""A client of a stream as a browser is one: it knows what it has seen, and comes back with that."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import urlsplit

import orjson

from src.core import live
from src.core.database import Database

PATIENCE_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Shown:
    """One event as a page gets it."""

    kind: str
    data: Any
    id: str


@dataclass
class Browser:
    """Parses as the HTML standard says (section 9.2.6); `last_id` counts for the next connection."""

    address: str
    last_id: str = ""
    comments: list[str] = field(default_factory=list)
    retry: int | None = None

    async def connect(self, port: int | None = None) -> Self:
        parts = urlsplit(self.address)
        self._blocks: list[bytes] = []
        self._unread = b""
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", port or parts.port)
        head = f"GET {parts.path}?{parts.query} HTTP/1.1\r\nHost: test\r\n"
        seen = f"Last-Event-ID: {self.last_id}\r\n" if self.last_id else ""
        self._writer.write(f"{head}{seen}\r\n".encode())
        answer = await self._reader.readuntil(b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 200"), answer
        return self

    async def next(self, count: int) -> list[Shown]:
        """So many events; fewer when the server ends the stream before."""
        shown: list[Shown] = []
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(shown) < count:
                if not self._blocks and not await self._read():
                    break
                if self._blocks and (event := self._dispatch(self._blocks.pop(0).decode())) is not None:
                    shown.append(event)
        return shown

    async def until_comment(self) -> str:
        """Reads until there is one; takes no events on the way."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not self.comments:
                await self._read()
                while self._blocks:
                    assert self._dispatch(self._blocks.pop(0).decode()) is None
        return self.comments[-1]

    async def cut(self) -> None:
        """As a lost connection: what is on its way is gone."""
        self._writer.transport.abort()
        with suppress(ConnectionError):
            await self._writer.wait_closed()

    async def _read(self) -> bool:
        size = int(await self._reader.readline(), 16)
        self._unread += await self._reader.readexactly(size)
        await self._reader.readexactly(2)
        *blocks, self._unread = self._unread.split(b"\n\n")
        self._blocks += blocks
        return size > 0

    def _dispatch(self, block: str) -> Shown | None:
        fields: dict[str, str] = {}
        for line in block.split("\n"):
            name, _, value = line.partition(":")
            if name:
                fields[name] = value.removeprefix(" ")
            else:
                self.comments.append(value.strip())
        self.retry = int(fields["retry"]) if "retry" in fields else self.retry
        self.last_id = fields.get("id", self.last_id)
        if "data" not in fields:
            return None
        return Shown(fields["event"], orjson.loads(fields["data"]), self.last_id)


async def tell(database: Database, user_id: int, number: int) -> None:
    """A transaction that makes something true and tells it."""
    async with database.transaction() as session:
        await live.append(session, kind="message", news={user_id: {"number": number}})


def numbers(shown: list[Shown]) -> list[int]:
    return [event.data["number"] for event in shown if event.kind == "message"]
