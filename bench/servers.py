"""The contestants as processes, and what they and PostgreSQL cost."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from src.cli import processes
from src.cli.embedded import HOST, pick_free_port

PROJECT = Path(__file__).resolve().parents[1]
START_SECONDS = 30
STOP_SECONDS = 10
POLL_SECONDS = 0.05
PROC = Path("/proc")
NANOSECONDS = 1_000_000_000


class StartError(Exception):
    """A contestant does not answer; its output stands above."""


@dataclass(frozen=True, slots=True)
class HttpServer:
    port: int
    pid: int


@contextmanager
def http_server(
    name: str, factory: str, environment: Mapping[str, str], folder: Path
) -> Iterator[HttpServer]:
    """One uvicorn process with one worker, the same options for all."""
    port, record = pick_free_port(), folder / f"{name}.json"
    processes.end_remembered(record)
    options = ["--loop", "uvloop", "--http", "httptools", "--log-level", "warning", "--no-access-log"]
    command = [sys.executable, "-m", "uvicorn", factory, "--factory", "--host", HOST, "--port", str(port)]
    # A session of its own: Ctrl-C is the run's business, which then ends it.
    process = subprocess.Popen([*command, *options], cwd=PROJECT, env=environment, start_new_session=True)
    processes.remember(record, process.pid)
    try:
        _wait_until_it_answers(process, name, f"http://{HOST}:{port}/")
        yield HttpServer(port=port, pid=process.pid)
    finally:
        _stop(process)
        record.unlink(missing_ok=True)


def _wait_until_it_answers(process: subprocess.Popen[bytes], name: str, url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            urllib.request.urlopen(url, timeout=5).close()  # noqa: S310 - our own address
        except urllib.error.HTTPError:
            return  # 404 is an answer
        except OSError:
            time.sleep(POLL_SECONDS)
        else:
            return
    raise StartError(f"{name} does not start")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    return _ticks(_stat(pid)[11:13])


def cpu_seconds_of_family(pid: int) -> float:
    """The same of a process, its children, and those of its children that have ended.

    Of those that live by the scheduler's nanoseconds: many processes that do little each would lose most of it
    to the rounding of ticks.
    """
    members = [pid, *(int(entry.name) for entry in PROC.glob("[0-9]*") if _parent(entry) == pid)]
    total = _ticks(_stat(pid)[13:15])
    for member in members:
        with suppress(OSError):  # ended meanwhile
            total += int((PROC / str(member) / "schedstat").read_text().split()[0]) / NANOSECONDS
    return total


def _parent(entry: Path) -> int | None:
    try:
        return int(_stat(int(entry.name))[1])
    except OSError:
        return None


def _stat(pid: int) -> list[str]:
    """The fields of proc_pid_stat(5) behind the name, which may hold spaces: state, ppid, …"""
    return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()


def _ticks(fields: list[str]) -> float:
    """Times of proc_pid_stat(5) in seconds."""
    return sum(int(ticks) for ticks in fields) / os.sysconf("SC_CLK_TCK")
