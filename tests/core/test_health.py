import time
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import text

from src.core.config import Settings
from src.core.database import Database
from tests.core.probe import Client, probe_client, probe_router

NOBODY_LISTENS = "redis://127.0.0.1:1/0"


async def readiness(settings: Settings, database: Database, **changes: str) -> tuple[int, dict[str, Any]]:
    async with probe_client(settings.model_copy(update=changes), database, probe_router()) as client:
        answer = await client.get("/health/ready")
        assert (await client.get("/health")).json() == {"status": "ok"}
    document: dict[str, Any] = answer.json()
    return answer.status_code, document


async def test_it_is_ready_when_every_part_answers(client: Client) -> None:
    answer = await client.get("/health/ready")
    assert answer.status_code == 200, answer.text
    parts = {"database": "ok", "redis": "ok", "broker": "ok", "outbox": "ok"}
    assert answer.json() == {"status": "ok", "checks": parts}


@pytest.mark.parametrize(
    ("part", "setting", "url"),
    [
        ("redis", "redis_url", NOBODY_LISTENS),
        ("broker", "celery_broker_url", "amqp://guest:guest@127.0.0.1:1//"),
    ],
)
async def test_it_is_not_ready_while_a_part_does_not_answer(
    settings: Settings, database: Database, part: str, setting: str, url: str
) -> None:
    started = time.monotonic()
    status, document = await readiness(settings, database, **{setting: url})
    assert (status, document["status"]) == (503, "unavailable")
    assert {name for name, answer in document["checks"].items() if answer != "ok"} == {part}
    assert "127.0.0.1" not in str(document)
    assert time.monotonic() - started < 5


async def test_it_is_not_ready_without_the_database(settings: Settings) -> None:
    gone = "postgresql+asyncpg://postgres@127.0.0.1:1/downbeat"
    database = Database(settings.model_copy(update={"database_url": gone}))
    status, document = await readiness(settings, database)
    assert status == 503
    assert document["checks"] == {
        "database": "unavailable", "outbox": "unavailable", "redis": "ok", "broker": "ok",
    }  # fmt: skip
    await database.close()


@pytest.mark.parametrize(("age", "expected"), [(290, 200), (310, 503)])
async def test_it_is_not_ready_while_the_outbox_is_five_minutes_behind(
    client: Client, app: FastAPI, database: Database, age: int, expected: int
) -> None:
    async with database.transaction() as session:
        old = text(
            "INSERT INTO outbox (name, payload, created_at, sent_at)"
            " VALUES ('a', '{}', clock_timestamp() - interval '1 second' * :age, :sent_at)"
        )
        await session.execute(old, {"age": age, "sent_at": None})
    answer = await client.get("/health/ready")
    assert answer.status_code == expected
    outbox = answer.json()["checks"]["outbox"]
    assert outbox == "ok" if expected == 200 else "s behind" in outbox
