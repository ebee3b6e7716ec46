"""What Prometheus is told, and who else isn't."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families as parse
from pydantic import SecretStr
from sqlalchemy import text

from src import invariants
from src.core.config import Settings
from src.core.database import Database
from src.core.observability.metrics import BROKEN_INVARIANTS, INVARIANTS_CHECKED
from tests.core.probe import Client
from tests.factories.world import World
from tests.support.product import PROJECT

BEARER = {"Authorization": "Bearer prometheus"}


async def told(client: Client) -> dict[tuple[str, ...], float]:
    """By name and the values of the labels."""
    answer = await client.get("/metrics")
    assert answer.status_code == 200
    samples = [sample for family in parse(answer.text) for sample in family.samples]
    return {(sample.name, *sample.labels.values()): sample.value for sample in samples}


async def test_a_request_is_counted_under_its_route_and_never_under_its_path(client: Client) -> None:
    counted = ("downbeat_http_requests_total", "GET", "/api/v1/countries/{code}", "200")
    before = (await told(client)).get(counted, 0)
    for path in ("/api/v1/countries/GB", "/api/countries/DE", "/api/v1/nothing/4711"):
        await client.get(path)
    now = await told(client)
    assert now[counted] - before == 2
    assert now["downbeat_http_request_seconds_count", "GET", "/api/v1/countries/{code}"] >= 2
    assert now["downbeat_http_requests_total", "any", "none", "404"] >= 1
    assert not any("4711" in label for name in now for label in name)
    assert now["downbeat_http_requests_in_progress",] == 1  # the one that asks


async def test_what_waits_is_told_with_how_late_it_is(client: Client, database: Database) -> None:
    async with database.transaction() as session:
        await session.execute(
            text(
                "INSERT INTO outbox (name, payload, created_at) VALUES"
                " ('a', '{}', now() - interval '90 seconds'), ('b', '{}', now())"
            )
        )
    now = await told(client)
    assert now["downbeat_waiting", "outbox"] == 2
    assert 90 <= now["downbeat_late_seconds", "outbox"] < 120
    works = {name[1] for name in now if name[0] == "downbeat_late_seconds"}
    assert works == {
        *("outbox", "mails", "webhooks", "checkouts", "refunds", "transfers", "holds", "set_aside"),
    }
    assert now["downbeat_late_seconds", "holds"] == 0
    assert now["downbeat_queued_messages", "celery"] >= 0


async def test_without_the_database_the_rest_is_told(
    client: Client, app: FastAPI, settings: Settings
) -> None:
    gone = settings.model_copy(update={"database_url": "postgresql+asyncpg://postgres@127.0.0.1:1/downbeat"})
    app.state.database = Database(gone)
    now = await told(client)
    assert ("downbeat_queued_messages", "celery") in now
    assert ("downbeat_waiting", "outbox") not in now
    await app.state.database.close()


@pytest.mark.parametrize(
    ("environment", "token", "headers", "status"),
    [
        ("development", "", {}, 200),
        ("production", "", {}, 404),
        ("production", "", {"Authorization": "Bearer "}, 404),
        ("production", "prometheus", {}, 404),
        ("production", "prometheus", {"Authorization": "Bearer prometheús".encode()}, 404),
        ("production", "prometheus", BEARER, 200),
    ],
)
async def test_in_production_they_are_for_who_has_the_token(
    client: Client,
    app: FastAPI,
    settings: Settings,
    environment: str,
    token: str,
    headers: dict[str, Any],
    status: int,
) -> None:
    changes = {"environment": environment, "metrics_token": SecretStr(token)}
    app.state.settings = settings.model_copy(update=changes)
    try:
        assert (await client.get("/metrics", headers=headers)).status_code == status
    finally:
        app.state.settings = settings


async def test_what_happens_in_the_business_is_counted(world: World, run_outbox, client: Client) -> None:
    counted = ("downbeat_events_total", "bookings.BookingConfirmed")
    before = (await told(client)).get(counted, 0)
    await world.paid_booking(await world.studio(), await world.person())
    await run_outbox()
    assert (await told(client))[counted] - before == 1


async def test_an_invariant_that_breaks_shows(database: Database, world: World) -> None:
    await invariants.report(database)
    name = "no event waits in the outbox for more than five minutes"
    assert BROKEN_INVARIANTS.labels(name)._value.get() == 0
    async with database.transaction() as session:
        old = (
            "INSERT INTO outbox (name, payload, created_at) VALUES ('a', '{}', now() - interval '6 minutes')"
        )
        await session.execute(text(old))
    before = INVARIANTS_CHECKED._value.get()
    await invariants.report(database)
    assert BROKEN_INVARIANTS.labels(name)._value.get() == invariants.BROKEN
    assert BROKEN_INVARIANTS.labels("the ledger sums to zero")._value.get() == 0
    assert INVARIANTS_CHECKED._value.get() > before


async def test_an_invariant_that_cannot_be_checked_shows_and_keeps_no_other(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        invariants, "INVARIANTS", {"unreadable": "SELECT nothing", "fine": "SELECT 1 WHERE false"}
    )
    await invariants.report(database)
    assert BROKEN_INVARIANTS.labels("unreadable")._value.get() == invariants.NOT_CHECKED
    assert BROKEN_INVARIANTS.labels("fine")._value.get() == 0


SEVERAL = """
import os, sys
from src.core.observability import metrics
for _ in range(2):
    if (child := os.fork()) == 0:
        metrics.TASKS.labels("a.task", "SUCCESS").inc()
        metrics.CONNECTIONS_IN_USE.labels("write").inc()
        os._exit(0)
    os.waitpid(child, 0)
metrics.TASKS.labels("a.task", "SUCCESS").inc()
metrics.CONNECTIONS_IN_USE.labels("write").inc(3)
sys.stdout.write(metrics.render().decode())
"""


def test_processes_that_share_a_folder_count_together_and_the_dead_hold_nothing(tmp_path: Path) -> None:
    environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "counts")}
    command = [sys.executable, "-c", SEVERAL]
    shown = subprocess.run(command, env=environment, cwd=PROJECT, check=True, capture_output=True, text=True)
    assert 'downbeat_tasks_total{state="SUCCESS",task="a.task"} 3.0' in shown.stdout
    assert 'downbeat_database_connections_in_use{pool="write"} 3.0' in shown.stdout
