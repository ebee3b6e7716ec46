"""A backup is one that has been restored: what is in it is the same, and every invariant holds."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from src.cli import databases
from src.cli.embedded import postgres_programs
from tests.support.product import PROJECT
from tests.support.services import SERVER_URL, create_extra_database

pytestmark = pytest.mark.processes

TABLES = "SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY name"


def rows_of_tables(url: str) -> dict[str, int]:
    names = [row["name"] for row in databases.fetch(url, TABLES)]
    counts = (f"SELECT '{name}' AS name, count(*) AS rows FROM {name}" for name in names)
    return {row["name"]: row["rows"] for row in databases.fetch(url, " UNION ALL ".join(counts))}


@pytest.fixture(scope="module")
def programs() -> str:
    """The folder of pg_dump, pg_restore and psql of the server's version: the machine's, or the embedded ones."""
    version = int(databases.fetch(os.environ[SERVER_URL], "SHOW server_version_num")[0]["server_version_num"])
    installed = shutil.which("pg_dump")
    for folder in (Path(installed).parent if installed else None, postgres_programs()):
        if folder is not None and major_version(folder / "pg_dump") == version // 10_000:
            return str(folder)
    pytest.skip(f"no pg_dump {version // 10_000} here: apt-get install postgresql-client-{version // 10_000}")


def major_version(pg_dump: Path) -> int:
    said = subprocess.run([pg_dump, "--version"], check=True, capture_output=True, text=True).stdout
    found = re.search(r"\d+", said)
    assert found is not None
    return int(found[0])


def environment_of(url: str, programs: str) -> dict[str, str]:
    parts = make_url(url)
    settings = {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "PGHOST": parts.host,
        "PGPORT": str(parts.port or 5432),
        "PGUSER": parts.username,
        "PGPASSWORD": parts.password,
        "PGDATABASE": parts.database,
        "DATABASE_URL": url,
    }
    return os.environ | {name: value for name, value in settings.items() if value}


def attempt(url: str, programs: str, *command: str) -> subprocess.CompletedProcess[str]:
    environment = environment_of(url, programs)
    return subprocess.run(command, cwd=PROJECT, env=environment, check=False, capture_output=True, text=True)


def test_what_was_dumped_comes_back_and_holds(programs: str, tmp_path: Path) -> None:
    def run(url: str, *command: str) -> str:
        outcome = attempt(url, programs, *command)
        assert outcome.returncode == 0, outcome.stdout + outcome.stderr
        return outcome.stdout

    source = create_extra_database("dumped")
    run(source, sys.executable, "-m", "src.cli", "demo")
    dump = run(source, "deploy/backup.sh", str(tmp_path)).strip()
    assert Path(dump).stat().st_mode & 0o077 == 0  # it holds everything about everybody
    assert [path.name for path in tmp_path.iterdir()] == [Path(dump).name]

    name = make_url(source).database
    assert name is not None
    target = databases.create(os.environ[SERVER_URL], name.replace("dumped", "restored"))
    run(target, "deploy/restore.sh", dump)
    rows = rows_of_tables(target)
    assert rows["rooms"] > 0
    assert rows == rows_of_tables(source)
    run(target, sys.executable, "-m", "src.cli", "check-invariants")
    run(target, sys.executable, "-m", "alembic", "check")

    assert attempt(target, programs, "deploy/restore.sh", dump).returncode != 0  # never over what is there


def test_a_dump_that_fails_leaves_nothing_that_looks_like_one(programs: str, tmp_path: Path) -> None:
    nowhere = create_extra_database("nowhere").replace("_nowhere", "_not_there")
    refused = attempt(nowhere, programs, "deploy/backup.sh", str(tmp_path))
    assert refused.returncode != 0
    assert "does not exist" in refused.stderr
    assert list(tmp_path.iterdir()) == []
