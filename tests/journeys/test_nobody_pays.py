"""Nobody pays, no worker is alive, and the slot is free again on time."""

import asyncio
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from src.core.config import Settings
from src.core.database import Database
from tests.factories.world import World, created, ok, problem, wish
from tests.support.product import Product
from tests.support.services import create_extra_database, run_folder

HOLD_SECONDS = 2

pytestmark = pytest.mark.processes


async def test_an_unpaid_hold_is_free_within_a_second_of_its_end_though_every_worker_is_stopped(
    settings: Settings, redis_url: str
) -> None:
    url = create_extra_database("nobody_pays")
    database = Database(settings.model_copy(update={"database_url": url}))
    folder = run_folder() / "nobody_pays"
    with Product(
        database_url=url, redis_url=redis_url, folder=folder, HOLD_SECONDS=str(HOLD_SECONDS)
    ) as product:
        product.start_api()
        async with httpx.AsyncClient(base_url=product.url) as client:
            of_product = settings.model_copy(update={"public_url": product.url})
            world = World(client=client, database=database, settings=of_product)
            studio, ada, ben = await world.studio(), await world.person(), await world.person()
            hold = await created(ada.post("/bookings", wish(studio)))
            problem(await ben.post("/bookings", wish(studio)), 409, "slot_taken")

            expires_at = datetime.fromisoformat(hold["expires_at"])
            assert expires_at - datetime.now(UTC) <= timedelta(seconds=HOLD_SECONDS)
            await asyncio.sleep(max(0.0, (expires_at - datetime.now(UTC)).total_seconds()))
            answer = await ben.post("/bookings", wish(studio))
            assert answer.status_code == 201, answer.text
            assert datetime.now(UTC) - expires_at < timedelta(seconds=1)

            assert (await ok(ada.get(f"/bookings/{hold['id']}")))["status"] == "expired"
            problem(
                await ada.post(f"/bookings/{hold['id']}/checkout", {"gateway": "sandbox"}),
                409,
                "illegal_move",
            )
    await database.close()
