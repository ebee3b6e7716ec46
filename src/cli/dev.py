"""`make dev`: everything the product needs, on one machine, until Ctrl-C.

Starts the embedded services, migrates, loads data, then keeps API, worker and beat running. What dies is
started again; the end comes in order (beat, worker, API, Valkey, PostgreSQL) and leaves no process behind.
"""

import asyncio
import os
import signal
import sys
import time
import urllib.request
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from src.cli import children, services
from src.cli.children import Child, say
from src.cli.embedded import Server, ServiceError, port_is_free
from src.cli.services import STATE, DevelopmentServices

USUAL_PORT = 8000
PREPARATION = {
    "migrate": ["alembic", "upgrade", "head"],
    "cities": ["src.cli", "load-geography"],
    "demo": ["src.cli", "demo"],
}
DEMO_LOGINS = STATE / "demo-logins.txt"
WATCH_SECONDS = 0.2
PAUSE_AFTER_FAILURE_SECONDS = 2
READY_POLL_SECONDS = 0.25

Result = TypeVar("Result")


class PreparationError(Exception):
    """A step before the start failed; its output says why."""


def run() -> None:
    """Start everything for development on this machine; Ctrl-C stops it."""
    try:
        with services.exclusive():
            children.end_leftovers()
            given = services.configured()
            code = asyncio.run(Supervisor(DevelopmentServices(given), _port(given.get("PORT"))).run())
    except ServiceError as error:
        sys.exit(f"make dev: {error}")
    sys.exit(code)


def _port(wanted: str | None) -> int:
    """Return the API's port. One asked for must be free; the usual one may give way to the next."""
    if wanted is not None:
        if not wanted.isdecimal():
            raise ServiceError(f"PORT={wanted} is no number")
        if not port_is_free(int(wanted)):
            raise ServiceError(f"port {wanted} is taken; choose another: make dev PORT=…")
        return int(wanted)
    port = next(port for port in range(USUAL_PORT, USUAL_PORT + 1000) if port_is_free(port))
    if port != USUAL_PORT:
        say("dev", f"port {USUAL_PORT} is taken, the API gets {port}")
    return port


class Supervisor:
    def __init__(self, stand: DevelopmentServices, port: int) -> None:
        self._services = stand
        self._url = f"http://127.0.0.1:{port}"
        self._port = port
        self._children: list[Child] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._stop_requested = asyncio.Event()

    async def run(self) -> int:
        """Bring everything up, wait for Ctrl-C, take everything down; return the exit code."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, self._on_signal, number)
        starting = asyncio.create_task(self._bring_up())
        stopping = asyncio.create_task(self._stop_requested.wait())
        await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        failed = starting.done() and starting.exception() is not None
        if failed:
            say("dev", str(starting.exception()))
        else:
            await stopping
        stopping.cancel()
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        await self._take_down()
        return 1 if failed else 0

    async def _bring_up(self) -> None:
        for server in self._services.embedded:
            with _timed(f"starting {server.name}"):
                await _in_thread(server.start)
            self._tasks.append(asyncio.create_task(self._keep_alive(server)))
        await _in_thread(self._services.announce)
        environment = services.child_environment(self._services.environment(), self._port)
        _prepare_files(Path(environment["MAIL_DIRECTORY"]))
        for name, module in PREPARATION.items():
            await self._prepare(Child(name, module, environment))
        for name, module in {
            "api": services.api_command(self._port),
            "worker": services.worker_command(),
            "beat": services.beat_command(),
        }.items():
            child = Child(name, module, environment)
            self._children.append(child)
            self._tasks.append(asyncio.create_task(child.keep_running()))
        with _timed("waiting for the API"):
            await self._until_ready()
        self._print_banner(environment)

    async def _prepare(self, step: Child) -> None:
        self._children = [step]
        with _timed(step.name):
            code = await step.run_once()
        self._children = []
        if code:
            raise PreparationError(f"{step.name} failed with code {code}, see above")

    async def _keep_alive(self, server: Server) -> None:
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            if server.is_alive():
                continue
            say("dev", f"{server.name} has died, starting it again")
            try:
                with _timed(f"starting {server.name}"):
                    await _in_thread(server.start)
            except ServiceError as error:
                say("dev", str(error))
                await asyncio.sleep(PAUSE_AFTER_FAILURE_SECONDS)

    async def _until_ready(self) -> None:
        while True:
            if await _in_thread(lambda: _answers(f"{self._url}/health/ready")):
                return
            await asyncio.sleep(READY_POLL_SECONDS)

    async def _take_down(self) -> None:
        say("dev", "stopping")
        for child in reversed(self._children):
            await child.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await _in_thread(self._services.stop)
        say("dev", "everything is stopped; the data stays in .dev")

    def _on_signal(self, number: int) -> None:
        if number == signal.SIGINT and self._stop_requested.is_set():
            say("dev", "killing everything")
            for child in self._children:
                child.kill()
            for server in self._services.embedded:
                server.kill()
            os._exit(1)
        self._stop_requested.set()

    def _print_banner(self, environment: dict[str, str]) -> None:
        facts = {
            "API": self._url,
            "Docs": f"{self._url}/docs and {self._url}/redoc",
            "Mails": f"{self._url}/dev/mails, written to {environment['MAIL_DIRECTORY']}",
            "Database": environment["DATABASE_URL"],
            "Redis": environment["REDIS_URL"],
        }
        say("dev", "")
        say("dev", "Downbeat is ready. Ctrl-C stops everything.")
        for label, fact in facts.items():
            say("dev", f"  {label:<10}{fact}")
        if DEMO_LOGINS.exists():
            for line in DEMO_LOGINS.read_text().splitlines():
                say("dev", f"  {line}")
        say("dev", "")


def _prepare_files(mails: Path) -> None:
    """Let the banner name what exists: a folder for mails, and no log-ins of an earlier run."""
    mails.mkdir(parents=True, exist_ok=True)
    DEMO_LOGINS.unlink(missing_ok=True)


@contextmanager
def _timed(step: str) -> Iterator[None]:
    say("dev", f"{step} …")
    began = time.monotonic()
    yield
    say("dev", f"{step}: {time.monotonic() - began:.1f} s")


async def _in_thread(work: Callable[[], Result]) -> Result:
    """Run blocking work in a thread; when cancelled, wait for its end, so that nobody stops half a start."""
    running: Awaitable[Result] = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await running
        raise


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310 our own address
            return bool(response.status == 200)  # noqa: PLR2004
    except OSError:
        return False
