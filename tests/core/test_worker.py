"""A real worker, told by a real broker: what was published happens, and once, even if the worker is killed."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP
from celery import Celery
from kombu.connection import Connection
from kombu.entity import Queue
from sqlalchemy import text

from src.auth.events import EmailVerified
from src.core import events
from src.core.config import Settings
from src.core.database import Database
from tests.core.probe import until, waiting_for_a_lock
from tests.factories.world import World

Count = Callable[[str], Awaitable[int]]

RABBITMQ = "amqp://guest:guest@127.0.0.1:5672//"
PROJECT = Path(__file__).parents[2]

# A queue of its own: on a broker that others use too nobody else may take the work.
WORKER = """
import sys
from src.worker import app
app.conf.task_default_queue = sys.argv[1]
app.worker_main(
    ["worker", "--pool=prefork", "--concurrency=1", "--without-gossip", "--without-mingle", "--loglevel=INFO",
     # RabbitMQ may hold a killed worker's name for a moment, as it would not for a new machine.
     "--hostname", sys.argv[2] + "@%h"]
)
"""

pytestmark = pytest.mark.processes


def answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Workers:
    """Processes on one broker, one database, one SMTP server."""

    def __init__(self, broker: str, settings: Settings, smtp_port: int, log: Path) -> None:
        self.queue = f"downbeat-test-{uuid.uuid4().hex}"
        self.broker = broker
        self._log = log
        self._environment = os.environ | {
            "CELERY_BROKER_URL": broker,
            "REDIS_URL": settings.redis_url,
            "DATABASE_URL": settings.database_url,
            "MAIL_TRANSPORT": "smtp",
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(smtp_port),
            "ENVIRONMENT": "test",
        }
        self._running: list[subprocess.Popen[bytes]] = []
        self._app = Celery(broker=broker, set_as_current=False)
        self._app.conf.task_default_queue = self.queue

    def start(self) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-c", WORKER, self.queue, uuid.uuid4().hex],
                cwd=PROJECT,
                env=self._environment,
                start_new_session=True,
                stdout=log,
                stderr=log,
            )
        self._running.append(process)
        return process

    @asynccontextmanager
    async def beating(self, *tasks: str) -> AsyncIterator[None]:
        """What beat does."""

        async def beat() -> None:
            while True:
                for task in tasks:
                    self._app.send_task(task, ignore_result=True)
                await asyncio.sleep(1)

        beating = asyncio.create_task(beat())
        yield
        beating.cancel()
        with suppress(asyncio.CancelledError):
            await beating

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """The worker and its pool, with no chance to tidy up."""
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def end(self) -> None:
        for process in self._running:
            if process.poll() is None:
                self.kill(process)
        with Connection(self.broker) as connection:
            Queue(self.queue, channel=connection.default_channel).delete()
        self._app.close()
        print(self._log.read_text())  # pytest shows it when the test has failed


class Postbox:
    def __init__(self) -> None:
        self.received: list[bytes] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        self.received.append(envelope.content)
        return "250 OK"


@pytest.fixture
async def postbox():
    box = Postbox()
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(box, hostname="localhost"), "127.0.0.1", 0
    )
    yield box, server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()


@pytest.fixture(params=["rabbitmq", "redis"])
def broker(request: pytest.FixtureRequest, redis_url: str) -> str:
    if request.param == "redis":
        return redis_url
    if not answers(5672):
        pytest.skip("no RabbitMQ answers on 127.0.0.1:5672")
    return RABBITMQ


@pytest.fixture
def workers(
    broker: str, committed: Database, committed_settings: Settings, postbox, tmp_path: Path
) -> Iterator[Workers]:
    """They end before the database is emptied."""
    workers = Workers(broker, committed_settings, postbox[1], tmp_path / "worker.log")
    yield workers
    workers.end()


async def welcome(committed_world: World, committed: Database) -> None:
    person = await committed_world.person()
    async with committed.transaction() as session:
        await events.publish(session, EmailVerified(user_id=person.id))


async def mailed_once(workers: Workers, postbox: Any, count: Count) -> None:
    async def is_sent() -> bool:
        return await count("mails WHERE status = 'sent'") == 1

    async with workers.beating("core.relay_outbox", "core.deliver_mails"):
        await until(is_sent, seconds=30)
    assert await count("event_handlings WHERE error IS NULL") == 1
    assert await count("mails WHERE attempts = 1") == 1
    assert len(postbox[0].received) == 1
    assert b"Subject: Welcome to Downbeat" in postbox[0].received[0]


async def test_what_is_published_is_mailed_once(
    workers: Workers, committed_world: World, committed: Database, postbox, count: Count
) -> None:
    await welcome(committed_world, committed)
    workers.start()
    await mailed_once(workers, postbox, count)


@pytest.mark.parametrize("broker", ["rabbitmq"], indirect=True)
async def test_what_a_killed_worker_was_doing_is_done_by_the_next_and_once(
    workers: Workers, committed_world: World, committed: Database, postbox, count: Count
) -> None:
    """On Redis the same comes true after the visibility timeout, which a test does not wait for."""
    await welcome(committed_world, committed)
    doomed = workers.start()
    async with committed.transaction() as session:
        await session.execute(text("LOCK TABLE mails IN EXCLUSIVE MODE"))
        async with workers.beating("core.relay_outbox"):
            await until(lambda: waiting_for_a_lock(committed), seconds=30)
        workers.kill(doomed)
        next_one = workers.start()
    assert await count("outbox WHERE sent_at IS NOT NULL") == 1
    await mailed_once(workers, postbox, count)
    assert next_one.poll() is None
