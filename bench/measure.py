"""Measurements: short rounds in turns, so that what else the machine does meets every contestant alike."""

from concurrent.futures import Executor
from dataclasses import dataclass, field
from statistics import median, quantiles

from bench import load, pgbench
from bench.load import Outcome, Plan
from bench.options import Options
from bench.row import PGBENCH, Row
from bench.servers import HttpServer, cpu_seconds, cpu_seconds_of_family
from bench.world import World
from src.cli.embedded import EmbeddedPostgres

WARM_UP_SECONDS = 1
# Percentiles of fewer mean nothing.
FEWEST_ANSWERS = 20


@dataclass(slots=True)
class Result:
    """What one contestant did in a row of the table, a value for each round."""

    rates: list[float] = field(default_factory=list)
    p50s: list[float] = field(default_factory=list)
    p99s: list[float] = field(default_factory=list)
    server_cpu: list[float] = field(default_factory=list)
    database_cpu: list[float] = field(default_factory=list)
    errors: int = 0
    first_error: str = ""

    def add(self, outcome: Outcome, *, server: float, database: float) -> None:
        self.errors += outcome.errors
        self.first_error = self.first_error or outcome.first_error
        done = len(outcome.latencies)
        if done < FEWEST_ANSWERS:
            self.errors += 1
            self.first_error = self.first_error or f"only {done} answers in {outcome.seconds:.1f} s"
            return
        percentiles = quantiles(outcome.latencies, n=100)
        self.rates.append(done / outcome.seconds)
        self.p50s.append(percentiles[49])
        self.p99s.append(percentiles[98])
        self.server_cpu.append(server / done)
        self.database_cpu.append(database / done)

    def ratio(self, rival: "Result") -> float:
        """Requests a second against another's: the median over rounds, each against the same round's."""
        return median(mine / theirs for mine, theirs in zip(self.rates, rival.rates, strict=False))

    def cpu_ratio(self, rival: "Result") -> float:
        return median(self.server_cpu) / median(rival.server_cpu)


Results = dict[str, dict[str, Result]]  # by row, by contestant


@dataclass(frozen=True, slots=True)
class Bench:
    options: Options
    world: World
    postgres: EmbeddedPostgres
    database: str
    servers: dict[str, HttpServer]
    clients: Executor

    def measure(self, rows: list[Row]) -> Results:
        results = {row.name: {name: Result() for name in self._contestants(row)} for row in rows}
        for row in rows:
            for name in self._contestants(row):
                self._work(row, name, WARM_UP_SECONDS, Result())
        for number in range(self.options.rounds):
            print(f"round {number + 1} of {self.options.rounds} …", flush=True)
            for row in rows:
                for name in _rotated(self._contestants(row), number):
                    self._work(row, name, self.options.seconds, results[row.name][name])
        return results

    def _contestants(self, row: Row) -> list[str]:
        has_script = row.script is not None and pgbench.find_program() is not None
        return [*self.servers, *([PGBENCH] if has_script else [])]

    def _work(self, row: Row, name: str, seconds: int, result: Result) -> None:
        before = cpu_seconds_of_family(self.postgres.pid)
        work = self._by_pgbench if name == PGBENCH else self._by_http
        outcome, server = work(row, name, seconds)
        result.add(outcome, server=server, database=cpu_seconds_of_family(self.postgres.pid) - before)

    def _by_http(self, row: Row, name: str, seconds: int) -> tuple[Outcome, float]:
        server = self.servers[name]
        plan = Plan(
            port=server.port,
            requests=row.requests(self.world, seconds),
            status=row.status,
            connections=self.options.connections,
            seconds=seconds,
            is_repeatable=row.is_repeatable,
        )
        before = cpu_seconds(server.pid)
        outcome = self.clients.submit(load.run, plan).result()
        return outcome, cpu_seconds(server.pid) - before

    def _by_pgbench(self, row: Row, _name: str, seconds: int) -> tuple[Outcome, float]:
        program = pgbench.find_program()
        assert program is not None
        assert row.script is not None
        return pgbench.run(
            program,
            row.script(self.world, seconds),
            port=self.postgres.port,
            database=self.database,
            connections=self.options.connections,
            seconds=seconds,
        )


def _rotated(names: list[str], number: int) -> list[str]:
    """Nobody is always the first, or always behind the same other."""
    start = number % len(names)
    return names[start:] + names[:start]
