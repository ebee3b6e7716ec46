"""A release and the one before it serve side by side while migrations run."""

import os
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest
from alembic.config import Config

from src.cli import databases
from src.cli.migration_rules import complaints_about, find_broken, released_revision
from tests.support.product import PROJECT
from tests.support.services import create_extra_database


@pytest.mark.parametrize(
    ("statement", "word"),
    [
        ("DROP TABLE rooms", "drops a table"),
        ("ALTER TABLE rooms DROP COLUMN name", "drops a column"),
        ("ALTER TABLE rooms RENAME COLUMN name TO title", "renames"),
        ("ALTER TABLE rooms RENAME TO studios", "renames"),
        ("ALTER TABLE rooms ALTER COLUMN name SET NOT NULL", "no NULL"),
        ("ALTER TABLE rooms ALTER COLUMN name TYPE text", "rewrites"),
        ("ALTER TABLE rooms ADD COLUMN floor integer NOT NULL", "without a default"),
        ("ALTER TABLE rooms ADD CONSTRAINT a FOREIGN KEY(b) REFERENCES c (id)", "NOT VALID"),
        ("ALTER TABLE rooms ADD CONSTRAINT a CHECK (b > 0)", "NOT VALID"),
        ("ALTER TABLE rooms ADD CONSTRAINT a UNIQUE (b)", "USING INDEX"),
        ("CREATE UNIQUE INDEX a ON rooms (b)", "CONCURRENTLY"),
        ("CREATE INDEX a ON rooms (b)", "CONCURRENTLY"),
        ("SET lock_timeout = '1min'", "five seconds"),
        ("SET LOCAL lock_timeout TO 0", "five seconds"),
    ],
)
def test_what_a_serving_release_would_not_survive_is_refused(statement: str, word: str) -> None:
    [complaint] = complaints_about(statement, made=set(), may_take_away=False)
    assert word in complaint


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE rooms ADD COLUMN floor integer",
        "ALTER TABLE rooms ADD COLUMN floor integer DEFAULT 0 NOT NULL",
        "ALTER TABLE rooms ADD CONSTRAINT a CHECK (b > 0) NOT VALID",
        "ALTER TABLE rooms VALIDATE CONSTRAINT a",
        "ALTER TABLE rooms ADD CONSTRAINT a UNIQUE USING INDEX b",
        "CREATE INDEX CONCURRENTLY a ON rooms (b)",
        "CREATE TABLE floors (id bigint NOT NULL)",
        "SET LOCAL lock_timeout = '5s'",
    ],
)
def test_the_gentle_ways_pass(statement: str) -> None:
    assert not list(complaints_about(statement, made=set(), may_take_away=False))


def test_a_table_that_the_release_before_does_not_know_is_free() -> None:
    statement = "CREATE INDEX a ON floors (b)"
    assert not list(complaints_about(statement, made={"floors"}, may_take_away=False))


def test_what_an_earlier_release_made_needless_may_be_taken_away_but_not_under_a_lock() -> None:
    assert not list(complaints_about("DROP TABLE rooms", made=set(), may_take_away=True))
    assert list(complaints_about("CREATE INDEX a ON rooms (b)", made=set(), may_take_away=True))


EXPANDS = """
from alembic import op
revision, down_revision, branch_labels, depends_on = "a1", None, None, None
def upgrade():
    op.execute("CREATE TABLE floors (id bigint, name text)")
    op.execute("CREATE INDEX a ON floors (name)")
"""
CONTRACTS = """
from alembic import op
revision, down_revision, branch_labels, depends_on = "a2", "a1", None, None
contracts = "a1"
def upgrade():
    op.drop_column("floors", "name")
"""


@pytest.mark.parametrize(
    ("contracting", "released", "complaints"),
    [
        (CONTRACTS, "a1", 0),
        (CONTRACTS.replace('contracts = "a1"', ""), "a1", 1),
        (CONTRACTS, "base", 0),  # no release knows the table
        (CONTRACTS, "a2", 0),
    ],
)
def test_only_what_no_release_has_is_looked_at(
    tmp_path: Path, contracting: str, released: str, complaints: int
) -> None:
    versions = tmp_path / "versions"
    versions.mkdir()
    (versions / "a1.py").write_text(EXPANDS)
    (versions / "a2.py").write_text(contracting)
    config = Config()
    config.set_main_option("script_location", str(tmp_path))
    config.set_main_option("path_separator", "os")
    assert len(list(find_broken(config, released=released))) == complaints


def test_our_own_keep_the_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(PROJECT)
    config = Config("alembic.ini")
    assert list(find_broken(config, released=released_revision(config))) == []


@pytest.mark.processes
async def test_a_migration_that_waits_for_a_lock_gives_up_and_goes_on_where_it_was() -> None:
    url = create_extra_database("impatient")
    before = databases.fetch(url, "SELECT version_num FROM alembic_version")
    owner = await asyncpg.connect(url.replace("+asyncpg", ""))
    async with owner.transaction():
        await owner.execute("LOCK TABLE alembic_version")
        refused = migrate(url, "downgrade", "-1")
    await owner.close()
    assert refused.returncode != 0
    assert "lock timeout" in refused.stderr
    assert databases.fetch(url, "SELECT version_num FROM alembic_version") == before
    assert migrate(url, "downgrade", "-1").returncode == 0
    assert migrate(url, "upgrade", "head").returncode == 0


def migrate(url: str, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "alembic", *command],
        cwd=PROJECT,
        env=os.environ | {"DATABASE_URL": url},
        check=False,
        capture_output=True,
        text=True,
    )
