"""Streams over real sockets: two API processes, a browser that loses its connection, a process that ends."""

import asyncio
import random
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack

import httpx
import pytest
from sqlalchemy import text

from src.core.config import Settings
from src.core.database import Database
from src.core.live import Signals
from tests.factories.world import Person, World, ok
from tests.notifications.support import Browser, numbers, tell
from tests.support.product import Product
from tests.support.services import create_extra_database, run_folder, worker_name

MESSAGES, CUTS = 500, 20
PUBLIC_URL = "http://127.0.0.1"

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def streams_url() -> str:
    return create_extra_database("streams")


@pytest.fixture(scope="module")
def processes(streams_url: str, redis_url: str) -> Iterator[list[Product]]:
    """Two API processes on one database. Each has fewer connections than it will have streams."""
    with ExitStack() as stack:
        started = []
        for name in ("streams_1", "streams_2"):
            product = Product(
                database_url=streams_url,
                redis_url=redis_url,
                folder=run_folder() / worker_name() / name,
                DATABASE_POOL_SIZE="2",
                LIVE_HEARTBEAT_SECONDS="0.5",
            )
            product.environment["PUBLIC_URL"] = PUBLIC_URL
            stack.enter_context(product).start_api()
            started.append(product)
        yield started


@pytest.fixture
async def writer(settings: Settings, streams_url: str) -> AsyncIterator[Database]:
    """Commits in a process of its own, as a worker does."""
    signals = Signals(settings.redis_url)
    database = Database(settings.model_copy(update={"database_url": streams_url}), on_news=signals.wake)
    yield database
    await database.close()
    await signals.close()


@pytest.fixture
async def person(processes: list[Product], writer: Database, settings: Settings) -> AsyncIterator[Person]:
    async with httpx.AsyncClient(base_url=processes[0].url) as client:
        issued_by = settings.model_copy(update={"public_url": PUBLIC_URL})
        yield await World(client=client, database=writer, settings=issued_by).person()


async def browser_of(person: Person) -> Browser:
    answer = await person.post("/notifications/stream-tickets")
    assert answer.status_code == 200, answer.text
    return Browser(answer.json()["url"])


async def test_a_browser_that_loses_its_connection_again_and_again_sees_each_message_once(
    processes: list[Product], person: Person, writer: Database
) -> None:
    """It comes back to the one process or the other while messages go on, with what it saw last."""
    browser = await browser_of(person)
    await browser.connect(processes[0].port)
    [ready] = await browser.next(1)
    assert (ready.kind, ready.id, browser.retry) == ("ready", "0", 2000)
    draw = random.Random(20)
    seen: list[int] = []

    async def write() -> None:
        for number in range(MESSAGES):
            await tell(writer, person.id, number)

    async def look(count: int) -> None:
        seen.extend(numbers(await browser.next(count)))

    writing = asyncio.create_task(write())
    for cut in range(CUTS):
        await look(1 + draw.randrange(MESSAGES // CUTS))
        await browser.cut()
        await asyncio.sleep(draw.random() / 50)
        await browser.connect(processes[cut % 2].port)
    while len(seen) < MESSAGES:
        await look(1)
    await writing
    await browser.cut()
    assert seen == list(range(MESSAGES))


async def test_without_its_last_id_the_browser_would_miss_some(
    processes: list[Product], person: Person, writer: Database
) -> None:
    """Negative control: what the test above shows is not for nothing."""
    browser = await browser_of(person)
    await browser.connect(processes[0].port)
    await browser.next(1)
    await browser.cut()
    await tell(writer, person.id, 1)
    browser.last_id = ""
    await browser.connect(processes[1].port)
    await tell(writer, person.id, 2)
    assert numbers(await browser.next(2)) == [2]
    await browser.cut()


async def test_waiting_streams_hold_no_connection_and_leave_nothing_behind(
    processes: list[Product], person: Person, writer: Database
) -> None:
    """Ten streams on a pool of two: requests go on, and each stream hears."""
    browsers = [await browser_of(person) for _ in range(10)]
    for browser in browsers:
        await browser.connect(processes[0].port)
        await browser.next(1)
    for _ in range(5):
        await ok(person.get("/notifications/unread-count"))
    await tell(writer, person.id, 7)
    for browser in browsers:
        assert numbers(await browser.next(1)) == [7]
    for browser in browsers:
        await browser.cut()


async def test_a_stream_shows_what_is_read_elsewhere_and_gives_signs_of_life(
    processes: list[Product], person: Person, writer: Database
) -> None:
    async with writer.transaction() as session:
        insert = text("INSERT INTO notifications (user_id, kind, key, facts) VALUES (:id, 'x', 'x', '{}')")
        await session.execute(insert, {"id": person.id})
    browser = await browser_of(person)
    await browser.connect(processes[1].port)
    await browser.next(1)
    [told] = (await ok(person.get("/notifications")))["items"]
    await ok(person.patch(f"/notifications/{told['id']}/read", {}))
    [read] = await browser.next(1)
    assert (read.kind, read.data) == ("notification_read", {"id": told["id"]})
    assert await browser.until_comment() == "ping"
    await browser.cut()


async def test_a_stream_ends_when_its_session_does_and_its_ticket_opens_none(
    processes: list[Product], person: Person
) -> None:
    browser = await browser_of(person)
    await browser.connect(processes[1].port)
    await browser.next(1)
    assert (await person.post("/auth/logout")).status_code == 204
    assert await browser.next(1) == []
    assert browser.comments[-1] == "bye"
    await browser.cut()
    answer = await person.client.get(browser.address.replace(PUBLIC_URL, processes[1].url))
    assert (answer.status_code, answer.json()["code"]) == (403, "stream_ticket_refused")


async def test_a_process_that_is_asked_to_end_says_goodbye(
    streams_url: str, redis_url: str, person: Person
) -> None:
    folder = run_folder() / worker_name() / "streams_ending"
    with Product(database_url=streams_url, redis_url=redis_url, folder=folder) as ending:
        ending.start_api()
        browser = await browser_of(person)
        await browser.connect(ending.port)
        await browser.next(1)
        await asyncio.to_thread(ending.stop, "api", signal.SIGTERM)
        assert await browser.next(1) == []
        assert (browser.comments, browser.retry) == (["bye"], 2000)
        await browser.cut()
        assert "rror" not in ending.log("api")
