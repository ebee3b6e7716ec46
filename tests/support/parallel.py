"""A cheap HTTP/1.1 client over many open connections, so that a race is between requests and not in the client."""

import asyncio
from dataclasses import dataclass
from time import perf_counter
from typing import Self

import orjson


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    code: str | None
    seconds: float


class Racer:
    """One connection; speaks as one person."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, token: str) -> None:
        self._reader = reader
        self._writer = writer
        self._token = token

    @classmethod
    async def connect(cls, port: int, token: str) -> Self:
        return cls(*await asyncio.open_connection("127.0.0.1", port), token)

    async def post(self, path: str, body: object) -> Answer:
        content = orjson.dumps(body)
        head = (
            f"POST /api/v1{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {self._token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
        )
        started = perf_counter()
        self._writer.write(head.encode() + content)
        return await self._answer(started)

    async def _answer(self, started: float) -> Answer:
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.split("content-length:")[1].split("\r\n")[0])
        document = orjson.loads(await self._reader.readexactly(length))
        return Answer(int(head.split()[1]), document.get("code"), perf_counter() - started)

    async def close(self) -> None:
        self._writer.close()
        await self._writer.wait_closed()
