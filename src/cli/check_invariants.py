"""`python -m src.cli check-invariants`: overlaps, money that doesn't add up, work that is stuck."""

import asyncio

import typer

from src import invariants
from src.core.config import get_settings
from src.core.database import Database


def check_invariants() -> None:
    """Check that the data keeps every promise; exits with 1 when it doesn't."""
    broken = asyncio.run(_check())
    for name in invariants.INVARIANTS:
        print(f"{'BROKEN' if name in broken else 'ok':8}{name}")
        for row in broken.get(name, []):
            print(f"{'':8}{row}")
    if broken:
        raise typer.Exit(1)


async def _check() -> dict[str, list[tuple[object, ...]]]:
    database = Database(get_settings())
    try:
        async with database.reading() as session:
            return await invariants.check(session)
    finally:
        await database.close()
