"""A backup is one that has been restored: what is in it is the same, and every invariant holds."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from src.cli import databases
from tests.support.product import PROJECT
from tests.support.programs import program
from tests.support.services import SERVER_URL, create_extra_database

pytestmark = pytest.mark.processes

CONTENT = """
SELECT string_agg(format('%s %s', relname, rows), ', ' ORDER BY relname) AS content FROM (
    SELECT relname, (xpath('/row/c/text()', query_to_xml(format('SELECT count(*) AS c FROM %I', relname),
                     false, true, '')))[1]::text AS rows
    FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
) AS tables
"""


@pytest.fixture(scope="module")
def server_version() -> int:
    return int(databases.fetch(os.environ[SERVER_URL], "SHOW server_version_num")[0]["server_version_num"])


@pytest.fixture(scope="module")
def programs_fit(server_version: int) -> None:
    pg_dump = program("pg_dump")
    said = subprocess.run([pg_dump, "--version"], check=True, capture_output=True, text=True).stdout
    found = re.search(r"\d+", said)
    assert found is not None
    if int(found[0]) < server_version // 10_000:
        pytest.skip(f"pg_dump {found[0]} can't dump a server of version {server_version // 10_000}")


def environment_of(url: str) -> dict[str, str]:
    parts = make_url(url)
    settings = {
        "PGHOST": parts.host,
        "PGPORT": str(parts.port or 5432),
        "PGUSER": parts.username,
        "PGPASSWORD": parts.password,
        "PGDATABASE": parts.database,
        "DATABASE_URL": url,
    }
    return os.environ | {name: value for name, value in settings.items() if value}


def run(url: str, *command: str) -> str:
    outcome = subprocess.run(
        command, cwd=PROJECT, env=environment_of(url), check=False, capture_output=True, text=True
    )
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    return outcome.stdout


def test_what_was_dumped_comes_back_and_holds(programs_fit: None, tmp_path: Path) -> None:
    source = create_extra_database("dumped")
    run(source, sys.executable, "-m", "src.cli", "demo")
    dump = run(source, "deploy/backup.sh", str(tmp_path)).strip()
    assert Path(dump).stat().st_mode & 0o077 == 0  # it holds everything about everybody
    assert [path.name for path in tmp_path.iterdir()] == [Path(dump).name]

    name = make_url(source).database
    assert name is not None
    target = databases.create(os.environ[SERVER_URL], name.replace("dumped", "restored"))
    run(target, "deploy/restore.sh", dump)
    assert databases.fetch(target, CONTENT) == databases.fetch(source, CONTENT)
    run(target, sys.executable, "-m", "src.cli", "check-invariants")
    run(target, sys.executable, "-m", "alembic", "check")

    refused = subprocess.run(
        ["deploy/restore.sh", dump], cwd=PROJECT, env=environment_of(target), check=False, capture_output=True
    )
    assert refused.returncode != 0  # never over what is there


def test_a_dump_that_fails_leaves_nothing_that_looks_like_one(programs_fit: None, tmp_path: Path) -> None:
    nowhere = create_extra_database("nowhere").replace("_nowhere", "_not_there")
    refused = subprocess.run(
        ["deploy/backup.sh", str(tmp_path)],
        cwd=PROJECT,
        env=environment_of(nowhere),
        check=False,
        capture_output=True,
    )
    assert refused.returncode != 0
    assert list(tmp_path.iterdir()) == []
