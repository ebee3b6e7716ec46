"""What a process does that is killed in the middle of it; run in a child of a fork server, which has imported all."""

import asyncio
import os
from typing import Any

from src import model_registry
from src.core.config import Settings
from src.core.database import Database
from src.core.identity import Principal, Role
from src.payments import service
from src.payments.webhooks import service as webhooks

assert model_registry


def live(work: str, settings: dict[str, Any], customer_id: int, booking_id: int) -> None:
    asyncio.run(_live(work, _settings(settings), customer_id, booking_id))


def _settings(values: dict[str, Any]) -> Settings:
    """Of those that the test runs with, as the environment would give them."""
    os.environ.update({name.upper(): value for name, value in values.items()} | {"ENVIRONMENT": "test"})
    return Settings(_env_file=None)


async def _live(work: str, settings: Settings, customer_id: int, booking_id: int) -> None:
    database = Database(settings)
    if work == "checkout":
        await service.open_checkout(
            database,
            settings=settings,
            principal=Principal(user_id=customer_id, session_id=0, role=Role.USER),
            booking_id=booking_id,
            gateway_name="stripe",
        )
    elif work == "webhook":
        await webhooks.process(database, settings=settings)
    else:
        await service.carry_out_refunds(database, settings=settings)
