"""F. Log-ins: as fast as one core can hash, and nobody else notices.

Its rival is no other server but the hash itself, so it stands beside the rows. The two speeds are measured in
turns, a ratio for each round; `/health` is asked every few milliseconds, alone and while 20 log in at once.
"""

import asyncio
import time
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from statistics import median, quantiles

import asyncpg
import orjson
from sqlalchemy.engine import make_url

from bench import load
from bench.load import Outcome, Plan
from bench.options import Options
from bench.row import http_request
from bench.seed import CUSTOMERS
from bench.servers import HttpServer
from src.auth import passwords

NAME = "F. log-ins"
AT_ONCE = 20
PASSWORD = "four brass rooms"  # noqa: S105 - of people who don't exist
LEAST_OF_HASHES = 0.9
MOST_OF_IDLE = 3.0
PAUSE_SECONDS = 0.005
WARM_UP_SECONDS = 1

# Tries of a measurement are more than a person has.
UNLIMITED = {
    "LOG_IN_LIMIT_PER_ACCOUNT": "1000000/second",
    "LOG_IN_LIMIT_PER_CLIENT": "1000000/second",
}


@dataclass(slots=True)
class Result:
    """A value for each round; seconds."""

    log_ins: list[float] = field(default_factory=list)
    hashes: list[float] = field(default_factory=list)
    idle_p99s: list[float] = field(default_factory=list)
    busy_p99s: list[float] = field(default_factory=list)
    errors: int = 0
    first_error: str = ""


def measure(chosen: Options, server: HttpServer, clients: Executor, database_url: str) -> Result:
    password_hash = asyncio.run(_give_passwords(database_url))
    result = Result()
    with load.generator() as watcher:
        _log_in(server, clients, WARM_UP_SECONDS).result()
        for _ in range(chosen.rounds):
            result.hashes.append(clients.submit(hashes_per_second, password_hash, chosen.seconds).result())
            result.idle_p99s.append(_p99(watcher.submit(watch, server.port, chosen.seconds).result()))
            logging_in = _log_in(server, clients, chosen.seconds)
            result.busy_p99s.append(_p99(watcher.submit(watch, server.port, chosen.seconds).result()))
            _add(result, logging_in.result())
    return result


def report(result: Result) -> bool:
    """Prints; whether there were no errors."""
    print(f"\n{NAME}")
    print(
        f"  {median(result.log_ins):.1f} log-ins a second, {median(result.hashes):.1f} hashes a second on a core"
    )
    of_hashes = median(mine / hashes for mine, hashes in zip(result.log_ins, result.hashes, strict=True))
    _print_goal(f"at least {LEAST_OF_HASHES:g} of the hashes", of_hashes, is_met=of_hashes >= LEAST_OF_HASHES)
    idle, busy = (median(p99s) * 1_000 for p99s in (result.idle_p99s, result.busy_p99s))
    print(f"  p99 of /health {idle:.2f} ms alone, {busy:.2f} ms while {AT_ONCE} log in")
    of_idle = median(during / alone for during, alone in zip(result.busy_p99s, result.idle_p99s, strict=True))
    _print_goal(f"at most {MOST_OF_IDLE:g} of idle", of_idle, is_met=of_idle <= MOST_OF_IDLE)
    if result.errors:
        print(f"  {result.errors} errors, the first:\n{result.first_error}")
    return not result.errors


def _print_goal(goal: str, reached: float, *, is_met: bool) -> None:
    print(f"  goal {goal}: {reached:.2f}, {'reached' if is_met else 'NOT REACHED'}")


async def _give_passwords(database_url: str) -> str:
    """One hash for all: what it costs to verify doesn't depend on whose it is."""
    password_hash = await passwords.make_hash(PASSWORD)
    dsn = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(dsn)
    await connection.execute("UPDATE users SET password_hash = $1", password_hash)
    await connection.close()
    return password_hash


def _log_in(server: HttpServer, clients: Executor, seconds: float) -> "Future[Outcome]":
    bodies = (
        orjson.dumps({"email": f"customer{number}@example.com", "password": PASSWORD})
        for number in range(1, CUSTOMERS + 1)
    )
    plan = Plan(
        port=server.port,
        requests=[http_request("POST", "/auth/login", body=body) for body in bodies],
        status=200,
        connections=AT_ONCE,
        seconds=seconds,
        is_repeatable=True,
    )
    return clients.submit(load.run, plan)


def _add(result: Result, outcome: Outcome) -> None:
    result.log_ins.append(len(outcome.latencies) / outcome.seconds)
    result.errors += outcome.errors
    result.first_error = result.first_error or outcome.first_error


def hashes_per_second(password_hash: str, seconds: float) -> float:
    """What the library does in one thread with nothing else around it."""
    started, done = time.perf_counter(), 0
    while time.perf_counter() - started < seconds:
        assert passwords._context.verify(PASSWORD, password_hash)  # noqa: SLF001 - nothing else around it
        done += 1
    return done / (time.perf_counter() - started)


def watch(port: int, seconds: float) -> list[float]:
    """Latencies of `/health`, asked again and again with a pause."""
    return asyncio.run(_watch(port, seconds))


async def _watch(port: int, seconds: float) -> list[float]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    latencies: list[float] = []
    until = time.perf_counter() + seconds
    while (started := time.perf_counter()) < until:
        writer.write(b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0]))
        latencies.append(time.perf_counter() - started)
        await asyncio.sleep(PAUSE_SECONDS)
    writer.close()
    return latencies


def _p99(latencies: list[float]) -> float:
    return quantiles(latencies, n=100)[98]
