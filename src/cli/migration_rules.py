"""What a migration may not do while the release before it still serves (docs/operations.md, "Migrations").

Checked are the statements of the migrations that no release has, on tables that the last release has. Expand first;
what is taken away is taken away one release later, by a migration that names the one which made it needless:

    contracts = "0b5000000001"
"""

import io
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import Script, ScriptDirectory

NOTHING: Final = "base"
_TABLE: Final = r"(?:ONLY )?(?:public\.)?\"?(?P<table>\w+)\"?"
_ALTER: Final = rf"^ALTER TABLE (?:IF EXISTS )?{_TABLE} .*?"

# What the release before does not survive, and only a contracting migration may do.
TAKES_AWAY: Final[Mapping[str, str]] = {
    "drops a table that the release before uses": rf"^DROP TABLE (?:IF EXISTS )?{_TABLE}",
    "drops a column that the release before uses": rf"{_ALTER}\bDROP COLUMN\b",
    "renames what the release before knows by its name": rf"{_ALTER}\bRENAME\b",
    "lets no NULL in that the release before may write": rf"{_ALTER}\bSET NOT NULL\b",
}
# What would keep the site waiting, or fails under its traffic: there is always a gentler way.
BLOCKS: Final[Mapping[str, str]] = {
    "rewrites the table: add a column of the new type instead": rf"{_ALTER}\bALTER COLUMN \S+ (?:SET DATA )?TYPE\b",
    "adds a NOT NULL column without a default: the release before can't insert": (
        rf"{_ALTER}\bADD COLUMN (?!.*\bDEFAULT\b).*\bNOT NULL\b"
    ),
    "checks every row under a lock: add it NOT VALID and validate it in a transaction of its own": (
        rf"{_ALTER}\bADD CONSTRAINT \S+ (?:FOREIGN KEY|CHECK)\b(?!.*NOT VALID)"
    ),
    "builds an index under a lock: CREATE UNIQUE INDEX CONCURRENTLY, then ADD CONSTRAINT … USING INDEX": (
        rf"{_ALTER}\bADD CONSTRAINT \S+ (?:UNIQUE|PRIMARY KEY|EXCLUDE)\b(?!.*USING INDEX)"
    ),
    "builds an index under a lock: CONCURRENTLY, inside of autocommit_block()": (
        rf"^CREATE (?:UNIQUE )?INDEX (?!CONCURRENTLY).*? ON {_TABLE}"
    ),
}
PATIENCE: Final = re.compile(r"^SET (?:LOCAL |SESSION )?lock_timeout (?:=|TO) (?!'[1-5]s')", re.IGNORECASE)
CREATES: Final = re.compile(rf"^CREATE TABLE (?:IF NOT EXISTS )?{_TABLE}", re.IGNORECASE)


def find_broken(config: Config, *, released: str) -> Iterator[str]:
    """A line for each rule that a migration after `released` breaks."""
    directory = ScriptDirectory.from_config(config)
    news = list(directory.walk_revisions(released, "head"))[::-1]
    news = [script for script in news if script.revision != released]
    older = {script.revision for script in directory.walk_revisions()} - {script.revision for script in news}
    made: set[str] = set()
    for script in news:
        may_take_away = getattr(script.module, "contracts", None) in older
        for statement in statements_of(script):
            made |= {found["table"] for found in [CREATES.match(statement)] if found}
            for complaint in complaints_about(statement, made=made, may_take_away=may_take_away):
                yield f"{Path(script.path).name}: {complaint}: {statement[:120]}"


def complaints_about(statement: str, *, made: set[str], may_take_away: bool) -> Iterator[str]:
    """`made` are tables that the release before does not know."""
    if PATIENCE.match(statement):
        yield "waits for a lock for more than five seconds, and the whole site behind it"
    rules = BLOCKS if may_take_away else {**TAKES_AWAY, **BLOCKS}
    for complaint, pattern in rules.items():
        found = re.search(pattern, statement, re.IGNORECASE | re.DOTALL)
        if found and found["table"] not in made:
            yield complaint


def statements_of(script: Script) -> list[str]:
    """What its upgrade would send, each on one line."""
    sent = io.StringIO()
    context = MigrationContext.configure(
        dialect_name="postgresql",
        opts={"as_sql": True, "output_buffer": sent, "transaction_per_migration": True},
    )
    with Operations.context(context):
        script.module.upgrade()
    return [" ".join(statement.split()) for statement in sent.getvalue().split(";") if statement.strip()]


def released_revision(config: Config) -> str:
    """The head of the last release; `base` before the first. The release writes it: alembic/RELEASED."""
    folder = config.get_main_option("script_location")
    return (Path(folder or "alembic") / "RELEASED").read_text().strip()
