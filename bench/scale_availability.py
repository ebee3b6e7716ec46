"""Availability of a room as data grows: over HTTP, of this API and of the bare endpoint, one client at a time.

With one client nothing waits for anything else: p50 is the work itself, and the server's CPU is beside it.
"""

from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median

from bench import load
from bench.environment import FOLDER, environment_of, valkey
from bench.load import Plan
from bench.row import API, BARE, SERVERS, Row
from bench.rows.availability.rows import ROWS
from bench.servers import HttpServer, cpu_seconds, http_server
from bench.world import World

ROUNDS, SECONDS = 5, 2


@dataclass(frozen=True, slots=True)
class Cost:
    """Of a request: seconds until it is answered, and of the server's CPU."""

    p50: float
    cpu: float


Costs = dict[tuple[str, str], Cost]  # by row and contestant


def measure(url: str, rooms: int, first: Costs) -> Costs:
    """Prints a line for each row and contestant, compared with what the first scale had."""
    world = World(rooms=rooms, tokens=[], tomorrow=datetime.now(UTC).date() + timedelta(days=1))
    with valkey() as redis_url, load.generator() as clients:
        environment = environment_of(url, redis_url)
        with (
            http_server("scale-api", SERVERS[API], environment, FOLDER) as api,
            http_server("scale-bare", SERVERS[BARE], environment, FOLDER) as bare,
        ):
            costs = {
                (row.name, name): cost
                for row in ROWS
                for name, cost in _in_turns(row, world, {API: api, BARE: bare}, clients).items()
            }
    for row in ROWS:
        _print(row, costs, first)
    return costs


def _in_turns(row: Row, world: World, servers: dict[str, HttpServer], clients: Executor) -> dict[str, Cost]:
    costs: dict[str, list[Cost]] = {name: [] for name in servers}
    for number in range(ROUNDS + 1):
        for name, server in servers.items():
            cost = _ask(row, world, server, clients)
            if number:  # the first one warms up
                costs[name].append(cost)
    return {
        name: Cost(median(cost.p50 for cost in rounds), median(cost.cpu for cost in rounds))
        for name, rounds in costs.items()
    }


def _ask(row: Row, world: World, server: HttpServer, clients: Executor) -> Cost:
    before = cpu_seconds(server.pid)
    plan = Plan(server.port, row.requests(world, SECONDS), row.status, 1, SECONDS, is_repeatable=True)
    outcome = clients.submit(load.run, plan).result()
    if outcome.errors:
        raise RuntimeError(f"{row.name}: {outcome.first_error}")
    return Cost(median(outcome.latencies), (cpu_seconds(server.pid) - before) / len(outcome.latencies))


def _print(row: Row, costs: Costs, first: Costs) -> None:
    api, bare = costs[row.name, API], costs[row.name, BARE]
    grown = f"   {api.p50 / first[row.name, API].p50:.2f} times" if first else ""
    print(
        f"{row.name:36} p50 {api.p50 * 1e3:7.2f} ms   CPU {api.cpu * 1e6:5.0f} µs{grown}   bare p50"
        f" {bare.p50 * 1e3:.2f} ms, CPU {bare.cpu * 1e6:.0f} µs: {bare.p50 / api.p50:.2f} of its speed",
        flush=True,
    )
