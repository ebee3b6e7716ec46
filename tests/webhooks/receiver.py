"""An integrator on loopback: takes webhooks over real HTTP and verifies them with the specification's own library."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any, Self

from standardwebhooks import Webhook

from src.cli.embedded import pick_free_port


@dataclass(frozen=True)
class Received:
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    def verified(self, secret: str) -> dict[str, Any]:
        Webhook(secret).verify(self.body, self.headers)
        document: dict[str, Any] = json.loads(self.body)
        return document


class Receiver:
    """Answers with `statuses` in turn, then with `status`; None hangs up without a word."""

    def __init__(self) -> None:
        self.port = pick_free_port()
        self.url = f"http://127.0.0.1:{self.port}/hooks"
        self.received: list[Received] = []
        self.statuses: list[int | None] = []
        self.status: int | None = 204
        self.answer = b"thank you"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
            assert first.startswith("POST /hooks ")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
            body = await reader.readexactly(int(headers["content-length"]))
            self.received.append(Received(headers, body))
            status = self.statuses.pop(0) if self.statuses else self.status
            if status is not None:
                content = b"" if status == 204 else self.answer
                head = (
                    f"HTTP/1.1 {status} Answer\r\nContent-Length: {len(content)}\r\nConnection: close\r\n\r\n"
                )
                writer.write(head.encode() + content)
                await writer.drain()
        finally:
            writer.close()
