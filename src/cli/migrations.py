"""`make check`'s proof that the migrations lead to the models, and back to an empty database and up again."""

import os
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer
from alembic.config import Config

from src.cli import databases, migration_rules
from src.cli.embedded import EmbeddedPostgres

STEPS = (("upgrade", "head"), ("check",), ("downgrade", "base"), ("upgrade", "head"))


def check() -> None:
    """Run the migrations up, compare with the models, run them down and up, on a database of its own.

    Before that: whether the release before can serve while those that are new to it run.
    """
    _expect_rules_kept()
    with _throwaway_database() as url:
        for step in STEPS:
            print(f"alembic {' '.join(step)}", flush=True)
            outcome = subprocess.run(
                [sys.executable, "-m", "alembic", *step],
                env=os.environ | {"DATABASE_URL": url},
                check=False,
            )
            if outcome.returncode:
                raise typer.Exit(outcome.returncode)
            if step == ("downgrade", "base"):
                _expect_empty(url)


def _expect_rules_kept() -> None:
    config = Config("alembic.ini")
    broken = list(migration_rules.find_broken(config, released=migration_rules.released_revision(config)))
    for line in broken:
        print(line)
    if broken:
        raise typer.Exit(1)


@contextmanager
def _throwaway_database() -> Iterator[str]:
    """Give a database on DATABASE_URL's server, or on an embedded one."""
    name = f"downbeat_migrations_{uuid.uuid4().hex[:8]}"
    if server_url := os.environ.get("DATABASE_URL"):
        try:
            yield databases.create(server_url, name)
        finally:
            databases.drop(server_url, name)
        return
    with tempfile.TemporaryDirectory(prefix=name) as folder:
        # Open to the user that PostgreSQL runs as when root checks.
        Path(folder).chmod(0o711)
        server = EmbeddedPostgres(Path(folder) / "postgres", durable=False)
        try:
            server.start()
            yield server.create_database(name)
        finally:
            server.erase()


def _expect_empty(url: str) -> None:
    remains = databases.fetch(
        url,
        """
        SELECT relname AS name FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'm', 'S', 'p')
          AND relname <> 'alembic_version'
        UNION ALL
        SELECT typname FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'd')
        UNION ALL
        SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
          AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
        """,
    )
    if remains:
        print(f"downgrade leaves behind: {', '.join(sorted(row['name'] for row in remains))}")
        raise typer.Exit(1)
