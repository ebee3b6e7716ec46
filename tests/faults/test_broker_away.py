"""The broker dies while 200 bookings are made: each is answered 201, and each mail arrives, once."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from email import message_from_bytes
from typing import Any

import httpx
import pytest
from aiosmtpd.smtp import SMTP

from src.cli.embedded import EmbeddedValkey
from src.core.config import Settings
from src.core.database import Database
from tests.core.mails import Postbox
from tests.core.probe import until
from tests.factories.world import ALWAYS_OPEN, World, wish
from tests.support.product import Product
from tests.support.services import create_extra_database, run_folder

BOOKINGS = 200
AT_ONCE = 8
AWAY_SECONDS = 3
RECOVERY_SECONDS = 180  # a deadline for busy machines: seconds on a quiet one

pytestmark = pytest.mark.processes


@pytest.fixture
async def postbox() -> AsyncIterator[tuple[Postbox, int]]:
    box = Postbox()
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(box, hostname="localhost"), "127.0.0.1", 0
    )
    yield box, server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()


async def test_no_booking_fails_and_no_mail_is_lost_or_sent_twice_while_the_broker_is_away(
    settings: Settings, redis_url: str, postbox: tuple[Postbox, int]
) -> None:
    box, port = postbox
    folder = run_folder() / "broker_away"
    broker = EmbeddedValkey(folder / "broker", durable=False)
    url = create_extra_database("broker_away")
    database = Database(settings.model_copy(update={"database_url": url}))
    await asyncio.to_thread(broker.start)
    product = Product(
        database_url=url,
        redis_url=redis_url,
        folder=folder,
        CELERY_BROKER_URL=broker.url(),
        MAIL_TRANSPORT="smtp",
        SMTP_PORT=str(port),
        MOST_HOLDS_PER_USER=str(BOOKINGS),
    )
    try:
        with product:
            product.start_worker()
            product.start_beat()
            await asyncio.to_thread(product.start_api)
            async with httpx.AsyncClient(base_url=product.url, timeout=30) as client:
                issuer = settings.model_copy(update={"public_url": product.url})
                world = World(client=client, database=database, settings=issuer)
                answers = await _book_without_broker(world, broker)
                assert Counter(answers) == {201: BOOKINGS}

                async def all_are_mailed() -> bool:
                    return len(_requests(box)) >= BOOKINGS

                await until(all_are_mailed, seconds=RECOVERY_SECONDS)
                await asyncio.sleep(AWAY_SECONDS)  # what would be sent twice comes now
                assert Counter(Counter(_requests(box)).values()) == {1: BOOKINGS}
                assert await _count(database, "mails WHERE status <> 'sent' OR attempts > 1") == 0
                assert await _count(database, "event_handlings WHERE error IS NOT NULL") == 0
    finally:
        await database.close()
        await asyncio.to_thread(broker.erase)


async def _book_without_broker(world: World, broker: EmbeddedValkey) -> list[int]:
    """Each asks the owner, who gets a mail for each."""
    studio = await world.studio(hours=ALWAYS_OPEN, booking_mode="on_request")
    customer = await world.person()
    turns = asyncio.Semaphore(AT_ONCE)

    async def book(number: int) -> int:
        days, hour = divmod(number, 24)
        async with turns:
            body = wish(studio, days_ahead=10 + days, hour=hour, hours=1)
            return (await customer.post("/bookings", body)).status_code

    await asyncio.to_thread(broker.kill)
    answers, _ = await asyncio.gather(
        asyncio.gather(*(book(number) for number in range(BOOKINGS))), asyncio.sleep(AWAY_SECONDS)
    )
    await asyncio.to_thread(broker.start)
    return answers


def _requests(box: Postbox) -> list[str]:
    messages = [message_from_bytes(envelope.content) for envelope in box.received]  # type: ignore[arg-type]
    return [message["Message-ID"] for message in messages if "asks for" in str(message["Subject"])]


async def _count(database: Database, table: str) -> Any:
    async with database.fast_reading() as connection:
        return await connection.fetchval(f"SELECT count(*) FROM {table}")
