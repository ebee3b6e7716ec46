"""The servers a test run stands on: one PostgreSQL, one Valkey, and one database for each xdist worker.

The process that starts the run (xdist's controller, or the only one) starts them, fills a template
database once and tells the workers by environment. Each worker copies the template in a fraction of a second.

With DATABASE_URL in the environment the databases are made on that server and dropped at the end. Valkey is
always the embedded one: on somebody's Redis a test could only clear numbered databases that may be in use.
"""

import fcntl
import os
import re
import shutil
import subprocess
import sys
import uuid
from contextlib import suppress
from pathlib import Path

import pytest

from src.cli import databases
from src.cli.embedded import VALKEY_DATABASES, EmbeddedPostgres, EmbeddedValkey, ServiceError

PROJECT = Path(__file__).resolve().parents[2]
RUNS = PROJECT / ".dev" / "tests"

# How the controller tells the workers.
RUN_FOLDER = "DOWNBEAT_TEST_RUN_FOLDER"
SERVER_URL = "DOWNBEAT_TEST_SERVER_URL"
VALKEY_URL = "DOWNBEAT_TEST_VALKEY_URL"


class TestRun:
    """What one run has started. Its folder stays locked while the run lives, whatever way it ends."""

    __test__ = False

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.postgres = EmbeddedPostgres(folder / "postgres", durable=False)
        self.valkey = EmbeddedValkey(folder / "valkey", durable=False)
        self._lock = (folder / "lock").open("w")

    def lock(self) -> bool:
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock.close()
            return False
        return True

    def start(self) -> None:
        self.valkey.start()
        server_url = os.environ.get("DATABASE_URL") or self._start_postgres()
        os.environ.update(
            {RUN_FOLDER: str(self.folder), SERVER_URL: server_url, VALKEY_URL: self.valkey.url()}
        )
        _fill(databases.create(server_url, self._database_prefix + "template"))

    def end(self) -> None:
        """Stop what runs and remove every trace, also of a run that was killed."""
        with suppress(KeyError):
            _drop_databases(os.environ["DATABASE_URL"], self._database_prefix)
        self.postgres.erase()
        self.valkey.erase()
        shutil.rmtree(self.folder, ignore_errors=True)
        self._lock.close()

    def _start_postgres(self) -> str:
        self.postgres.start()
        return self.postgres.dsn()

    @property
    def _database_prefix(self) -> str:
        return f"downbeat_test_{self.folder.name}_"


def run_folder() -> Path:
    """Return this run's folder, removed at its end: the place for servers that a test starts itself.

    pytest's own temporary folders are closed to the user that PostgreSQL runs as when root starts the tests.
    """
    return Path(os.environ[RUN_FOLDER])


def create_extra_database(name: str) -> str:
    """Return the URL of a fresh migrated database beside the worker's own, for tests that must not share."""
    prefix = f"downbeat_test_{run_folder().name}_"
    return databases.create(
        os.environ[SERVER_URL], f"{prefix}{worker_name()}_{name}", template=prefix + "template"
    )


CURRENT_RUN = pytest.StashKey[TestRun]()


@pytest.fixture(scope="session")
def database_url() -> str:
    """This worker's own migrated database."""
    return create_extra_database("own")


@pytest.fixture(scope="session")
def redis_url() -> str:
    """This worker's own database number on the run's Valkey."""
    number = int(re.sub(r"\D", "", worker_name()) or 0)
    return re.sub(r"\d+$", str(number % VALKEY_DATABASES), os.environ[VALKEY_URL])


@pytest.hookimpl(tryfirst=True)  # xdist starts its workers in this hook, and they inherit the environment
def pytest_sessionstart(session: pytest.Session) -> None:
    if hasattr(session.config, "workerinput") or session.config.option.collectonly:
        return
    run = session.config.stash[CURRENT_RUN] = _new_run()
    try:
        run.start()
    except ServiceError as error:
        pytest.exit(str(error), returncode=pytest.ExitCode.INTERNAL_ERROR)


def pytest_unconfigure(config: pytest.Config) -> None:
    if CURRENT_RUN in config.stash:
        config.stash[CURRENT_RUN].end()


def _new_run() -> TestRun:
    """Tidy up after killed runs and lock a folder for the new one; other runs may be doing the same."""
    RUNS.mkdir(parents=True, exist_ok=True)
    with (RUNS / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for folder in (entry for entry in RUNS.iterdir() if entry.is_dir()):
            with suppress(FileNotFoundError):  # it ends by itself at this moment
                earlier = TestRun(folder)
                if earlier.lock():
                    earlier.end()
        folder = RUNS / uuid.uuid4().hex[:8]
        folder.mkdir()
        run = TestRun(folder)
        run.lock()
        return run


def _fill(url: str) -> None:
    """Migrates, and loads every country and city: each copy then has them."""
    for command in (("alembic", "upgrade", "head"), ("src.cli", "load-geography")):
        outcome = subprocess.run(
            [sys.executable, "-m", *command],
            cwd=PROJECT,
            env=os.environ | {"DATABASE_URL": url},
            capture_output=True,
            text=True,
            check=False,
        )
        if outcome.returncode:
            raise ServiceError(f"{' '.join(command)} fails:\n{outcome.stdout}{outcome.stderr}")


def _drop_databases(server_url: str, prefix: str) -> None:
    for name in databases.names_starting_with(server_url, prefix):
        databases.drop(server_url, name)


def worker_name() -> str:
    return os.environ.get("PYTEST_XDIST_WORKER", "main")
