"""`python -m src.cli reseal-secrets`: after a change of ENCRYPTION_KEYS, so that the old key can go."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from src import model_registry
from src.calendars.imports import service as imports
from src.core.config import get_settings
from src.core.database import Database
from src.core.encryption import SecretBox
from src.payments.accounts import service as accounts
from src.webhooks import resealing as webhooks

# Whoever keeps secrets stands here; each call seals a batch, and 0 says that there is nothing left.
RESEALS: Final[Mapping[str, Callable[..., Awaitable[int]]]] = {
    "addresses of imported calendars": imports.reseal,
    "tokens of payment accounts": accounts.reseal,
    "secrets of webhook endpoints": webhooks.reseal,
}


def reseal_secrets() -> None:
    """Seal every secret at rest with the first of ENCRYPTION_KEYS. The others may be dropped afterwards."""
    for name, count in asyncio.run(_reseal_all()).items():
        print(f"{count:8}  {name}")


async def _reseal_all() -> dict[str, int]:
    settings = get_settings()
    database, box = Database(settings), SecretBox.of(settings)
    try:
        return {name: await reseal_all_of(database, reseal, box) for name, reseal in RESEALS.items()}
    finally:
        await database.close()


async def reseal_all_of(database: Database, reseal: Callable[..., Awaitable[int]], box: SecretBox) -> int:
    """In transactions of a batch each, so that nobody waits long for a row."""
    total = 0
    while True:
        async with database.transaction() as session:
            count = await reseal(session, box=box)
        total += count
        if not count:
            return total


__all__ = ["model_registry", "reseal_secrets"]
