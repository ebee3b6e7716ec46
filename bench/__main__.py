"""`make bench`: this API beside a bare endpoint, the usual way and pgbench, in one run. See README.md."""

import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from bench import history, live_streams, load, log_ins, options, pgbench, report, sameness, seed
from bench.environment import FOLDER, environment_of, valkey
from bench.measure import Bench, Results
from bench.options import Options
from bench.row import API, SERVERS, Row
from bench.rows.all import ROWS
from bench.servers import PROJECT, http_server
from bench.world import World
from src.cli.embedded import EmbeddedPostgres
from src.core.config import Settings

DATABASE = "bench"


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # as with Ctrl-C, nothing stays behind
    chosen = options.read()
    rows = [row for row in ROWS if chosen.only.lower() in row.name.lower()]
    with _alone(), _postgres() as postgres, valkey() as redis_url:
        results, logged_in, streamed = _run(rows, chosen, postgres, redis_url)
    report.print_rows(rows, results)
    has_failed = report.print_errors(results)
    if logged_in is not None:
        has_failed |= not log_ins.report(logged_in)
    if streamed is not None:
        has_failed |= not live_streams.report(streamed)
    if has_failed:
        return 1
    ratios = history.ratios(results)
    print("\nSince the last run on this machine:")
    for line in history.movements(chosen, ratios):
        print(f"  {line}")
    history.remember(chosen, ratios)
    return 0


@contextmanager
def _alone() -> Iterator[None]:
    """Two runs at once would measure each other."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit("another `make bench` is running in this folder")
        yield


@contextmanager
def _postgres() -> Iterator[EmbeddedPostgres]:
    """A server of the run's own, erased with its data at the end."""
    server = EmbeddedPostgres(FOLDER / "postgres", durable=False)
    server.erase()  # what a killed run left
    try:
        server.start()
        yield server
    finally:
        server.erase()


def _run(
    rows: list[Row], chosen: Options, postgres: EmbeddedPostgres, redis_url: str
) -> tuple[Results, log_ins.Result | None, live_streams.Result | None]:
    environment = environment_of(postgres.create_database(DATABASE), redis_url)
    world = _prepared_world(chosen, environment)
    with ExitStack() as stack:
        servers = {
            name: stack.enter_context(http_server(name.replace(" ", "-"), factory, environment, FOLDER))
            for name, factory in SERVERS.items()
        }
        sameness.check(rows, servers, world)
        _print_heading(chosen)
        clients = stack.enter_context(load.generator())
        results = Bench(chosen, world, postgres, DATABASE, servers, clients).measure(rows) if rows else {}
        # First: its memory is best seen in a process that log-ins haven't filled.
        streamed = (
            live_streams.measure(chosen, servers[API]) if _is_wanted(chosen, live_streams.NAME) else None
        )
        if not _is_wanted(chosen, log_ins.NAME):
            return results, None, streamed
        return results, log_ins.measure(chosen, servers[API], clients, environment["DATABASE_URL"]), streamed


def _is_wanted(chosen: Options, name: str) -> bool:
    return chosen.only.lower() in name.lower()


def _prepared_world(chosen: Options, environment: dict[str, str]) -> World:
    print(f"Seeding {chosen.rooms:,} rooms and {chosen.bookings:,} bookings …", flush=True)
    migrate = [sys.executable, "-m", "alembic", "upgrade", "head"]
    subprocess.run(migrate, env=environment, cwd=PROJECT, check=True, capture_output=True)
    os.environ.update(environment)
    settings = Settings()
    return seed.seed(settings.database_url, chosen, settings)


def _print_heading(chosen: Options) -> None:
    print(
        f"{chosen.connections} connections, {chosen.rounds} rounds of {chosen.seconds} s each, medians. One process "
        "per server, uvloop and httptools.\nEmbedded PostgreSQL on loopback with fsync, synchronous_commit and "
        "autovacuum off: it waits for no disk.",
        flush=True,
    )
    if pgbench.find_program() is None:
        print("pgbench is left out: the embedded package of this platform has none.")


if __name__ == "__main__":
    sys.exit(main())
