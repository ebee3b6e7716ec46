"""The embedded servers come back after what happens to processes on a developer's machine."""

import os
import shutil
import signal
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from src.cli import databases, processes
from src.cli.embedded import EmbeddedPostgres, EmbeddedValkey, ServiceError
from tests.support.services import run_folder


@pytest.fixture
def folder() -> Iterator[Path]:
    path = run_folder() / f"embedded-{uuid.uuid4().hex[:8]}"
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def postgres(folder: Path) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(folder, durable=True)
    server.start()
    yield server
    server.erase()


def test_killed_postgres_starts_again_on_its_port_with_its_data(postgres: EmbeddedPostgres) -> None:
    url = postgres.create_database("studio")
    databases.fetch(url, "CREATE TABLE bookings AS SELECT 7 AS id")
    port = postgres.port

    os.kill(postgres.pid, signal.SIGKILL)
    postgres.start()

    assert postgres.port == port
    assert [row["id"] for row in databases.fetch(url, "SELECT id FROM bookings")] == [7]


def test_what_a_killed_run_left_behind_is_ended(postgres: EmbeddedPostgres, folder: Path) -> None:
    next_run = EmbeddedPostgres(folder, durable=True)
    next_run.start()
    try:
        assert not postgres.is_alive()
        assert next_run.port == postgres.port
    finally:
        next_run.stop()


def test_a_lock_file_whose_process_id_belongs_to_another_program_is_no_obstacle(
    postgres: EmbeddedPostgres, folder: Path
) -> None:
    os.kill(postgres.pid, signal.SIGKILL)
    while postgres.is_alive():
        time.sleep(0.01)
    lock = folder / "cluster" / "postmaster.pid"
    lines = lock.resolve().read_text().splitlines()
    lock.resolve().write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")

    postgres.start()

    assert postgres.is_alive()


def test_only_the_remembered_program_is_ended(folder: Path) -> None:
    folder.mkdir()
    record = folder / "stranger.pid"
    processes.remember(record, os.getpid())
    record.write_text(record.read_text().replace("python", "another"))

    assert not processes.end_remembered(record)


def test_killed_valkey_starts_again_with_its_data(folder: Path) -> None:
    with EmbeddedValkey(folder, durable=True) as server:
        with redis.Redis.from_url(server.url()) as client:
            client.set("greeting", "hello")
            client.execute_command("WAITAOF", 1, 0, 2000)
        os.kill(server.pid, signal.SIGKILL)
        server.start()
        with redis.Redis.from_url(server.url()) as client:
            assert client.get("greeting") == b"hello"


def test_a_port_that_is_taken_is_said_clearly(folder: Path) -> None:
    with EmbeddedValkey(folder / "first", durable=False) as first:
        second = EmbeddedPostgres(folder / "second", first.port, durable=False)
        with pytest.raises(ServiceError, match=f"port {first.port} is taken"):
            second.start()
