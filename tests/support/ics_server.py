"""A small server of calendars on loopback, over real HTTP, told by a test what to answer."""

import asyncio
from dataclasses import dataclass, field
from typing import Self

from src.cli.embedded import pick_free_port


@dataclass
class Answer:
    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


class IcsServer:
    """Keeps what it was asked. Answers 304 by itself when it is asked for the ETag that it has."""

    def __init__(self) -> None:
        self.port = pick_free_port()
        self.url = f"http://127.0.0.1:{self.port}/studio.ics"
        self.answers: dict[str, Answer] = {}
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.was_asked = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    def shows(self, *events: str, etag: str | None = None) -> None:
        """A calendar of these VEVENTs, each as the lines between BEGIN and END."""
        self.answers["/studio.ics"] = Answer(calendar_of(*events), headers={"ETag": etag} if etag else {})

    def answers_with(
        self, body: bytes = b"", status: int = 200, path: str = "/studio.ics", **headers: str
    ) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers[path] = Answer(body, status, named)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
            path = first.split()[1]
            self.requests.append((path, headers))
            self.was_asked.set()
            answer = self.answers.get(path, Answer(status=404))
            etag = answer.headers.get("ETag")
            if etag is not None and headers.get("if-none-match") == etag:
                answer = Answer(status=304)
            head = {"Content-Length": str(len(answer.body)), "Connection": "close"} | answer.headers
            text = "".join(f"{name}: {value}\r\n" for name, value in head.items())
            writer.write(f"HTTP/1.1 {answer.status} Answer\r\n{text}\r\n".encode() + answer.body)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


def calendar_of(*events: str) -> bytes:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Elsewhere//EN"]
    for event in events:
        lines += ["BEGIN:VEVENT", *(line.strip() for line in event.strip().splitlines()), "END:VEVENT"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()
