"""`python -m src.cli load-geography`: every country and city; running it again changes nothing."""

import asyncio
import time

from src.core.config import get_settings
from src.core.database import Database
from src.geographic.loading import load_geography as load


def load_geography() -> None:
    """Load every country and every city over 15,000 people (GeoNames, CC BY 4.0)."""
    started = time.monotonic()
    print("Loading 250 countries, 32,000 cities and their names …", flush=True)
    changed = asyncio.run(_load())
    words = ", ".join(f"{count} {table.replace('_', ' ')}" for table, count in changed.items())
    print(f"Changed {words} in {time.monotonic() - started:.1f} s.", flush=True)


async def _load() -> dict[str, int]:
    settings = get_settings().model_copy(update={"database_statement_timeout_ms": 120_000})
    database = Database(settings)
    try:
        async with database.transaction() as session:
            return await load(session)
    finally:
        await database.close()
