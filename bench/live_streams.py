"""H. Live streams: a thousand open in one process, a hundred messages a second.

Has no rival: its goals are absolute. Each message is a transaction of this process, which writes as a worker does
(database, then Redis); its time runs from before that transaction to the arrival at its reader's socket.
"""

import asyncio
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median, quantiles
from typing import cast
from urllib.parse import urlsplit

import asyncpg
import uvloop
from sqlalchemy.engine import make_url

from bench.options import Options
from bench.servers import PROC, HttpServer, cpu_seconds
from src.core import live
from src.core.clock import utc_now
from src.core.config import Settings
from src.core.database import Database
from src.core.identity import Principal, Role
from src.core.live import Signals
from src.notifications.stream import service

NAME = "H. live streams"
STREAMS = 1_000
MESSAGES_PER_SECOND = 100
OPENED_AT_ONCE = 50
LAST_ARRIVALS_SECONDS = 1
MOST_KIB = 64
MOST_P99_SECONDS = 0.25
WARM_UP_SECONDS = 1
PATIENCE_SECONDS = 60

_READY, _SENT_AT = b"event: ready\n", re.compile(rb'"sent_at": ?([0-9.]+)')

_PEOPLE = f"""
WITH people AS (
    INSERT INTO users (email, firstname, lastname, email_verified_at)
    SELECT 'reader' || n || '@example.com', 'Mira', 'Reader', now() FROM generate_series(1, {STREAMS}) AS n
    RETURNING id
)
INSERT INTO auth_sessions (user_id, expires_at) SELECT id, now() + interval '1 day' FROM people RETURNING user_id, id
"""


@dataclass(slots=True)
class Result:
    """Seconds; bytes of the server process."""

    arrivals: list[float] = field(default_factory=list)
    commits: list[float] = field(
        default_factory=list
    )  # the part of them that the writer's own transaction takes
    bytes_per_stream: float = 0.0
    cpu_per_message: float = 0.0


class Reader(asyncio.Protocol):
    """One open stream; notes how old what arrives is."""

    def __init__(self, request: bytes, arrivals: list[float]) -> None:
        self._request = request
        self._arrivals = arrivals
        self.is_ready = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        now = time.time()
        self._arrivals += [now - float(sent_at) for sent_at in _SENT_AT.findall(data)]
        if _READY in data and not self.is_ready.done():
            self.is_ready.set_result(None)


def measure(chosen: Options, server: HttpServer) -> Result:
    return uvloop.run(_measure(chosen, server, Settings()))


async def _measure(chosen: Options, server: HttpServer, settings: Settings) -> Result:
    result = Result()
    people = await _make_people(settings)
    before = _resident_bytes(server.pid)
    readers = await _open_streams(server, settings, people, result)
    result.bytes_per_stream = (_resident_bytes(server.pid) - before) / STREAMS
    await _send(settings, people, chosen.rounds * chosen.seconds, result, server.pid)
    for reader in readers:
        reader.transport.abort()
    return result


async def _make_people(settings: Settings) -> Sequence[Principal]:
    dsn = make_url(settings.database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(dsn)
    rows = await connection.fetch(_PEOPLE)
    await connection.close()
    return [Principal(row["user_id"], row["id"], Role.USER) for row in rows]


async def _open_streams(
    server: HttpServer, settings: Settings, people: Sequence[Principal], result: Result
) -> list[Reader]:
    loop, readers = asyncio.get_running_loop(), list[Reader]()
    for start in range(0, STREAMS, OPENED_AT_ONCE):
        opened = []
        for principal in people[start : start + OPENED_AT_ONCE]:
            url = urlsplit(service.issue_ticket(principal=principal, settings=settings, now=utc_now()).url)
            request = f"GET {url.path}?{url.query} HTTP/1.1\r\nHost: bench\r\n\r\n".encode()
            reader = Reader(request, result.arrivals)
            await loop.create_connection(lambda reader=reader: reader, "127.0.0.1", server.port)  # type: ignore[misc]
            opened.append(reader)
        async with asyncio.timeout(PATIENCE_SECONDS):
            await asyncio.gather(*(reader.is_ready for reader in opened))
        readers += opened
    return readers


async def _send(
    settings: Settings, people: Sequence[Principal], seconds: float, result: Result, pid: int
) -> None:
    signals = Signals(settings.redis_url)
    database = Database(settings, on_news=signals.wake)
    await _send_evenly(database, people, WARM_UP_SECONDS, result)  # the writer's connections are made
    result.arrivals.clear()
    result.commits.clear()
    cpu = cpu_seconds(pid)
    await _send_evenly(database, people, seconds, result)
    result.cpu_per_message = (cpu_seconds(pid) - cpu) / len(result.commits)
    await database.close()
    await signals.close()


async def _send_evenly(
    database: Database, people: Sequence[Principal], seconds: float, result: Result
) -> None:
    """Whether or not those before have arrived; waits for the last."""
    started, sending = time.perf_counter(), list[asyncio.Task[None]]()
    for number in range(int(seconds * MESSAGES_PER_SECOND)):
        await asyncio.sleep(started + number / MESSAGES_PER_SECOND - time.perf_counter())
        reader = people[number * 7 % STREAMS]
        sending.append(asyncio.create_task(_tell(database, reader.user_id, result)))
    await asyncio.gather(*sending)
    await asyncio.sleep(LAST_ARRIVALS_SECONDS)


async def _tell(database: Database, user_id: int, result: Result) -> None:
    sent_at = time.time()
    async with database.transaction() as session:
        await live.append(session, kind="message", news={user_id: {"conversation_id": 7, "sent_at": sent_at}})
    result.commits.append(time.time() - sent_at)


def _resident_bytes(pid: int) -> int:
    status = (PROC / str(pid) / "status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) * 1024


def report(result: Result) -> bool:
    """Prints; whether every message has arrived."""
    sent = len(result.commits)
    print(f"\n{NAME}")
    print(
        f"  {STREAMS:,} open, {sent:,} messages, {len(result.arrivals):,} arrived;"
        f" {result.cpu_per_message * 1_000_000:.0f} µs of CPU for each"
    )
    print(
        f"  p50 {median(result.arrivals) * 1_000:.1f} ms; the transaction in it {median(result.commits) * 1_000:.1f},"
        f" its p99 {_p99(result.commits) * 1_000:.1f}"
    )
    kib = result.bytes_per_stream / 1024
    _print_goal(f"at most {MOST_KIB} KiB for a stream", f"{kib:.1f} KiB", is_met=kib <= MOST_KIB)
    p99 = _p99(result.arrivals)
    _print_goal(
        f"p99 at most {MOST_P99_SECONDS * 1_000:.0f} ms",
        f"{p99 * 1_000:.1f} ms",
        is_met=p99 <= MOST_P99_SECONDS,
    )
    return len(result.arrivals) == sent


def _p99(seconds: Sequence[float]) -> float:
    return quantiles(seconds, n=100)[98]


def _print_goal(goal: str, reached: str, *, is_met: bool) -> None:
    print(f"  goal {goal}: {reached}, {'reached' if is_met else 'NOT REACHED'}")
