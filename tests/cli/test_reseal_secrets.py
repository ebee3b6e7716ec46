"""After a change of keys nothing needs the old one any more, whatever keeps secrets."""

import re
from pathlib import Path

from sqlalchemy import text

from src.calendars.enums import ResourceKind
from src.calendars.imports import service as imports
from src.calendars.models import CalendarImport, Resource
from src.cli.reseal_secrets import RESEALS, reseal_all_of
from src.core.database import Database
from src.core.encryption import SecretBox
from tests.factories.world import World
from tests.support.product import PROJECT

OLD, NEW = b"o" * 32, b"n" * 32


async def test_every_secret_is_sealed_with_the_new_key(database: Database, world: World) -> None:
    before = SecretBox({"old": OLD})
    owner = await world.person()
    async with database.transaction() as session:
        for number in range(3):
            resource = Resource(kind=ResourceKind.ROOM)
            session.add(resource)
            await session.flush()
            place = f"calendar_imports.address:{resource.id}"
            session.add(
                CalendarImport(
                    resource_id=resource.id,
                    created_by_id=owner.id,
                    name="Band",
                    host="a.example",
                    address_sealed=before.seal(f"https://a.example/{resource.id}.ics", context=place),
                    address_hash=bytes([number]),
                )
            )
    both = SecretBox({"new": NEW, "old": OLD})
    sealed = {name: await reseal_all_of(database, reseal, both) for name, reseal in RESEALS.items()}
    assert sealed == {
        "addresses of imported calendars": 3,
        "tokens of payment accounts": 0,
        "secrets of webhook endpoints": 0,
    }
    assert await reseal_all_of(database, imports.reseal, both) == 0
    only_new = SecretBox({"new": NEW})
    async with database.reading() as session:
        rows = await session.execute(text("SELECT resource_id, address_sealed FROM calendar_imports"))
    for row in rows:
        opened = only_new.open(row.address_sealed, context=f"calendar_imports.address:{row.resource_id}")
        assert opened == f"https://a.example/{row.resource_id}.ics"


def test_whoever_seals_for_a_column_is_known_to_the_command() -> None:
    """Contexts are `table.column:id`; those of cookies have no table."""
    tables = set()
    for path in Path(PROJECT / "src").rglob("*.py"):
        tables |= set(re.findall(r'return f"(\w+)\.[\w{}]+:\{', path.read_text()))
    assert tables == {"calendar_imports", "payment_accounts", "webhook_endpoints"}
    assert len(RESEALS) == len(tables)
