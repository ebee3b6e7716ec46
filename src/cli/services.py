"""The database and the broker a developer's processes stand on, and the one folder that holds their state."""

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from dotenv import dotenv_values

from src.cli.embedded import EmbeddedPostgres, EmbeddedValkey, Server, ServiceError

PROJECT = Path(__file__).resolve().parents[2]
STATE = PROJECT / ".dev"
ENVIRONMENT = STATE / "environment.json"
DATABASE = "downbeat"


class AlreadyRunningError(ServiceError):
    """Another process of this folder holds the state."""


def configured() -> dict[str, str]:
    """Return what the environment and `.env` set, read the way the settings read them: empty is unset."""
    merged = {**dotenv_values(PROJECT / ".env"), **os.environ}
    return {name: value for name, value in merged.items() if value}


@contextmanager
def exclusive() -> Iterator[None]:
    """Hold the state folder; the kernel lets go of it however this process ends.

    Raises AlreadyRunningError.
    """
    STATE.mkdir(exist_ok=True)
    with (STATE / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunningError(f"the services of {PROJECT} are already running") from None
        yield


class DevelopmentServices:
    """PostgreSQL and Valkey, each embedded unless the developer names a server of their own."""

    def __init__(self, given: Mapping[str, str]) -> None:
        self._given = given
        self.postgres = EmbeddedPostgres(STATE / "postgres", durable=True)
        self.valkey = EmbeddedValkey(STATE / "valkey", durable=True)

    @property
    def embedded(self) -> list[Server]:
        servers: dict[str, Server] = {"DATABASE_URL": self.postgres, "REDIS_URL": self.valkey}
        return [server for setting, server in servers.items() if setting not in self._given]

    def start(self) -> None:
        for server in self.embedded:
            server.start()
        self.announce()

    def announce(self) -> None:
        """Make the database, once its server runs, and tell this folder's other commands where things are."""
        if self.postgres in self.embedded:
            self.postgres.ensure_database(DATABASE)
        ENVIRONMENT.touch(mode=0o600)
        ENVIRONMENT.write_text(json.dumps(self.environment()))

    def stop(self) -> None:
        ENVIRONMENT.unlink(missing_ok=True)
        for server in reversed(self.embedded):
            server.stop()

    def environment(self) -> dict[str, str]:
        redis_url = self._given.get("REDIS_URL") or self.valkey.url(0)
        return {
            "DATABASE_URL": self._given.get("DATABASE_URL") or self.postgres.dsn(DATABASE),
            "REDIS_URL": redis_url,
            "CELERY_BROKER_URL": self._given.get("CELERY_BROKER_URL")
            or urlsplit(redis_url)._replace(path="/1").geturl(),
        }


def child_environment(services: Mapping[str, str], port: int) -> dict[str, str]:
    """Return the environment of the product's processes; what the developer set stays."""
    defaults = {
        "ENVIRONMENT": "development",
        "MAIL_DIRECTORY": str(STATE / "mails"),
        "MEDIA_DIRECTORY": str(STATE / "media"),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
    }
    return defaults | configured() | dict(services) | {"PYTHONUNBUFFERED": "1"}


def api_command(port: int) -> list[str]:
    return [
        *("uvicorn", "src.main:create_app", "--factory", "--host", "127.0.0.1", "--port", str(port)),
        "--no-proxy-headers",  # whom to believe about the client's address says TRUSTED_PROXY_HOPS
        *("--reload", "--reload-dir", "src", "--reload-dir", "templates"),
        *("--timeout-graceful-shutdown", "3"),  # open event streams must not hold up a reload
    ]


def worker_command() -> list[str]:
    # Gossip and mingle serve many workers; with one they delay the start and fail noisily with the broker.
    options = ["--loglevel", "INFO", "--concurrency", "2", "--without-gossip", "--without-mingle"]
    return ["celery", "-A", "src.worker", "worker", *options]


def beat_command() -> list[str]:
    # Without a pid file: a killed beat would leave one that stops the next.
    schedule = str(STATE / "celerybeat-schedule")
    return [
        "celery",
        "-A",
        "src.worker",
        "beat",
        "--loglevel",
        "INFO",
        "--schedule",
        schedule,
        "--pidfile",
        "",
    ]


def with_services(command: list[str]) -> None:
    """Run a Python module, or `api`, `worker` or `beat`, with the development database and broker.

    Shares those of a running `make dev`; otherwise starts them for as long as the command takes.
    """
    given = configured()
    port = int(given.get("PORT", "8000"))
    known = {"api": api_command(port), "worker": worker_command(), "beat": beat_command()}
    module = known.get(command[0], command)
    try:
        with exclusive(), _started(DevelopmentServices(given)) as services:
            code = _run(module, child_environment(services.environment(), port))
    except AlreadyRunningError as error:
        if not ENVIRONMENT.exists():
            sys.exit(f"{error}, but not ready yet")
        code = _run(module, child_environment(json.loads(ENVIRONMENT.read_text()), port))
    except ServiceError as error:
        sys.exit(str(error))
    sys.exit(code)


def erase() -> None:
    """Remove the development data: database, broker, mails and media."""
    try:
        with exclusive():
            for server in DevelopmentServices({}).embedded:
                server.erase()
            shutil.rmtree(STATE)
    except AlreadyRunningError as error:
        sys.exit(f"{error}: stop them first")


@contextmanager
def _started(services: DevelopmentServices) -> Iterator[DevelopmentServices]:
    try:
        services.start()
        yield services
    finally:
        services.stop()


def _run(module: list[str], environment: dict[str, str]) -> int:
    child = subprocess.Popen([sys.executable, "-m", *module], cwd=PROJECT, env=environment)
    # Ctrl-C reaches the child from the terminal; this process must outlive it to stop the services after it.
    signal.signal(signal.SIGINT, lambda *_: None)
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    return child.wait()
