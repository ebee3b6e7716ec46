"""The example: its page is built, started and clicked through in a browser, against the real API."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from src.cli.embedded import pick_free_port
from tests.clients.node import CLIENT, EXAMPLE, PROJECT, needs, run
from tests.support.product import Product, wait_until
from tests.support.services import create_extra_database, run_folder

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PASSWORD = "rehearse-at-ten"


@pytest.fixture
def page_port() -> int:
    return pick_free_port()


@pytest.fixture
def product(redis_url: str, page_port: int) -> Iterator[Product]:
    site = f"http://127.0.0.1:{page_port}"
    with Product(
        database_url=create_extra_database("page"),
        redis_url=redis_url,
        folder=run_folder() / "page",
        FRONTEND_URL=site,
        CORS_ORIGINS=site,
    ) as product:
        run(sys.executable, "-m", "src.cli", "demo", folder=PROJECT, environment=product.environment)
        product.start_api()
        yield product


@pytest.fixture
def page(product: Product, page_port: int) -> Iterator[str]:
    """Its address."""
    environment = os.environ | {"NEXT_TELEMETRY_DISABLED": "1", "NEXT_PUBLIC_API_URL": product.url}
    run("npm", "run", "build", folder=EXAMPLE, environment=environment)
    command = ["node_modules/.bin/next", "start", "--hostname", "127.0.0.1", "--port", str(page_port)]
    url = f"http://127.0.0.1:{page_port}"
    with subprocess.Popen(command, cwd=EXAMPLE, env=environment, stdout=subprocess.DEVNULL) as server:
        try:
            wait_until(lambda: _answers(url), "the page does not answer")
            yield url
        finally:
            server.terminate()


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=1).is_success
    except httpx.TransportError:
        return False


@pytest.mark.processes
@needs(CLIENT, EXAMPLE)
@pytest.mark.skipif(CHROMIUM is None, reason="not installed: chromium")
@pytest.mark.skipif(not (CLIENT / "dist").is_dir(), reason="not built: the client (`make client` does)")
def test_a_customer_finds_books_and_pays_in_the_browser(page: str, tmp_path: Path) -> None:
    environment = os.environ | {"CHROMIUM": str(CHROMIUM)}
    seen = run("node", "walk.mjs", page, PASSWORD, str(tmp_path), folder=EXAMPLE, environment=environment)
    assert "It is yours" in seen
    assert "Live Room, " in seen
