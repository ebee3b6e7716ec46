"""SIGTERM, to the real processes: nobody new is sent here, and what was begun is finished."""

import asyncio
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import asyncpg
import httpx
import pytest

from src.cli import databases
from tests.support.product import PROJECT, Product, wait_until
from tests.support.services import create_extra_database, run_folder

WAITING_FOR_A_LOCK = (
    "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
)

pytestmark = pytest.mark.processes


STREAMING = "tests.support.launched:create_streaming_app"


@pytest.fixture(scope="module")
def database(redis_url: str) -> str:
    return create_extra_database("stop_and_go")


@contextmanager
def product(database: str, redis_url: str, **settings: str) -> Iterator[Product]:
    folder = run_folder() / f"stop_and_go_{uuid.uuid4().hex[:8]}"
    with Product(database_url=database, redis_url=redis_url, folder=folder, **settings) as running:
        yield running


@contextmanager
def listening(running: Product) -> Iterator[Callable[[], str]]:
    """A stream that has begun; what is given waits for its end and tells all of it."""
    with httpx.stream("GET", f"{running.url}/stream", timeout=20) as answer:
        parts = answer.iter_text()
        first = next(parts)
        yield lambda: first + "".join(parts)


def test_readiness_says_no_while_all_else_goes_on_and_then_streams_are_ended(
    database: str, redis_url: str
) -> None:
    with product(database, redis_url, DRAIN_SECONDS="60") as running:
        process = running.start_api(STREAMING)
        wait_until(lambda: get(running, "/health/ready").status_code == 200, "it is not ready")
        with listening(running) as heard:
            os.kill(process.pid, signal.SIGTERM)
            wait_until(
                lambda: get(running, "/health/ready").status_code == 503, "it still says that it is ready"
            )
            assert get(running, "/health/ready").json()["status"] == "stopping"
            assert get(running, "/api/v1/countries").status_code == 200

            os.kill(process.pid, signal.SIGTERM)  # enough of waiting
            assert heard() == "hello and good-bye"
        process.wait(20)
        with pytest.raises(httpx.TransportError):
            get(running, "/health")


def test_several_processes_end_by_themselves_when_their_time_is_over(database: str, redis_url: str) -> None:
    with product(database, redis_url, DRAIN_SECONDS="0.5") as running:
        process = running.start_api(STREAMING, workers=2)
        with listening(running) as heard:
            os.kill(process.pid, signal.SIGTERM)
            assert heard() == "hello and good-bye"
        process.wait(20)


def get(running: Product, path: str) -> httpx.Response:
    return httpx.get(running.url + path, timeout=10)


async def test_a_worker_finishes_its_task_before_it_ends(database: str, redis_url: str) -> None:
    with product(database, redis_url) as running:
        await end_amid_a_task(running, database)


async def end_amid_a_task(running: Product, url: str) -> None:
    """The task waits for a lock while the worker hears SIGTERM."""
    databases.fetch(url, "INSERT INTO outbox (name, payload) VALUES ('unknown.Event', '{}')")
    process = running.start_worker()
    owner = await asyncpg.connect(url.replace("+asyncpg", ""))
    async with owner.transaction():
        await owner.execute("LOCK TABLE outbox IN EXCLUSIVE MODE")
        send = "from src.worker import app; app.send_task('core.relay_outbox')"
        command = [sys.executable, "-c", send]
        await asyncio.to_thread(subprocess.run, command, cwd=PROJECT, env=running.environment, check=True)
        await asyncio.to_thread(
            wait_until, lambda: databases.fetch(url, WAITING_FOR_A_LOCK), "no task is at work"
        )
        os.kill(process.pid, signal.SIGTERM)
        await asyncio.sleep(0.3)
        assert process.poll() is None
    await owner.close()
    await asyncio.to_thread(process.wait, 20)
    assert len(databases.fetch(url, "SELECT FROM outbox WHERE sent_at IS NOT NULL")) == 1
