"""The clients: a few kept-alive connections in a process of their own, each sending as soon as it is answered."""

import asyncio
import multiprocessing
import re
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import cycle
from time import perf_counter
from typing import cast

import uvloop

# A server that answers nothing any more ends the measurement, not the run.
PATIENCE_SECONDS = 5

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Plan:
    port: int
    requests: list[bytes]
    status: int
    connections: int
    seconds: float
    is_repeatable: bool


@dataclass(slots=True)
class Outcome:
    """Latencies in seconds, of the answers with the expected status only."""

    seconds: float = 0.0
    errors: int = 0
    first_error: str = ""
    latencies: list[float] = field(default_factory=list)

    def fail(self, error: str) -> None:
        self.errors += 1
        self.first_error = self.first_error or error


class Client(asyncio.Protocol):
    """One connection. Knows as much of HTTP as the servers of the bench speak: a head with a length, a body."""

    def __init__(self, requests: Iterator[bytes], status: int, until: float, outcome: Outcome) -> None:
        self._requests = requests
        self._expected = b"HTTP/1.1 %d " % status
        self._until = until
        self._outcome = outcome
        self._received = b""
        self._sent_at = 0.0
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are no subclass of it
        self._send()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head = self._received.find(b"\r\n\r\n")
        if head < 0:
            return
        length = _LENGTH.search(self._received, 0, head)
        if length is not None and len(self._received) < head + 4 + int(length[1]):
            return
        self._count()
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self._outcome.fail(f"connection lost: {exc}")
            self.done.set_result(None)

    def _count(self) -> None:
        now = perf_counter()
        if self._received.startswith(self._expected):
            self._outcome.latencies.append(now - self._sent_at)
        else:
            self._outcome.fail(self._received.decode(errors="replace"))
        self._received = b""

    def _send(self) -> None:
        self._sent_at = perf_counter()
        request = next(self._requests, None) if self._sent_at < self._until else None
        if request is not None:
            self._transport.write(request)
        else:
            self.done.set_result(None)
            self._transport.close()


def run(plan: Plan) -> Outcome:
    return uvloop.run(_run(plan))


async def _run(plan: Plan) -> Outcome:
    outcome, loop = Outcome(), asyncio.get_running_loop()
    requests = cycle(plan.requests) if plan.is_repeatable else iter(plan.requests)
    started = perf_counter()
    clients = []
    for _ in range(plan.connections):
        client = Client(requests, plan.status, started + plan.seconds, outcome)
        await loop.create_connection(lambda client=client: client, "127.0.0.1", plan.port)  # type: ignore[misc]
        clients.append(client)
    _, late = await asyncio.wait([client.done for client in clients], timeout=plan.seconds + PATIENCE_SECONDS)
    for _ in late:
        outcome.fail("no answer")
    outcome.seconds = perf_counter() - started
    return outcome


def generator() -> ProcessPoolExecutor:
    """One process that runs plans. Spawned: a fork would inherit what the run has open."""
    return ProcessPoolExecutor(max_workers=1, mp_context=multiprocessing.get_context("spawn"))
