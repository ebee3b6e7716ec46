"""PostgreSQL is killed and started again: 503 meanwhile, then as before, without restarting the API."""

import os
import subprocess
import sys
import time
from http import HTTPStatus

import httpx
import pytest

from src.cli.embedded import EmbeddedPostgres
from tests.support.product import PROJECT, Product, wait_until
from tests.support.services import run_folder

RECOVERY_SECONDS = 10

pytestmark = pytest.mark.processes


def test_the_api_answers_503_while_the_database_is_dead_and_recovers(redis_url: str) -> None:
    folder = run_folder() / "database_dies"
    server = EmbeddedPostgres(folder / "postgres", durable=True)
    server.start()
    try:
        url = server.create_database("downbeat")
        migrate = [sys.executable, "-m", "alembic", "upgrade", "head"]
        subprocess.run(migrate, cwd=PROJECT, env=os.environ | {"DATABASE_URL": url}, check=True)
        with Product(database_url=url, redis_url=redis_url, folder=folder) as product:
            product.start_api()
            assert httpx.get(f"{product.url}/api/v1/countries").status_code == HTTPStatus.OK

            server.kill()
            started = time.monotonic()
            answer = httpx.get(f"{product.url}/api/v1/countries")
            assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["code"] == "temporarily_unavailable"
            assert int(answer.headers["Retry-After"]) > 0
            assert time.monotonic() - started < 3
            assert httpx.get(f"{product.url}/health").status_code == HTTPStatus.OK
            assert httpx.get(f"{product.url}/health/ready").status_code == HTTPStatus.SERVICE_UNAVAILABLE

            server.start()
            wait_until(
                lambda: httpx.get(f"{product.url}/api/v1/countries").status_code == HTTPStatus.OK,
                "the API has not recovered",
                RECOVERY_SECONDS,
            )
    finally:
        server.erase()
