"""What Sentry is told: where it happened and what kind of error it was, and nothing that a person has sent."""

import time
from collections.abc import Iterator
from typing import Any

import httpx
import orjson
import pytest
from celery import Celery

from tests.support.product import Product, wait_until
from tests.support.receiver import Receiver, receiving
from tests.support.services import create_extra_database, run_folder, worker_name

TOKEN = "aB3_-" * 8 + "xyz"
EMAIL = "mira.okafor@example.com"
BODY = {"email": EMAIL, "password": "body-of-mira"}
QUERY = {"ticket": "query-of-mira"}
HEADERS = {
    "Authorization": "Bearer header-of-mira",
    "Cookie": "session=cookie-of-mira",
    "Referer": f"https://downbeat.example/{TOKEN}",
    "X-Forwarded-For": "198.51.100.7",
}
SENT = (EMAIL, TOKEN, "body-of-mira", "query-of-mira", "header-of-mira", "cookie-of-mira", "198.51.100.7")

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def sentry() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def product(sentry: Receiver, redis_url: str) -> Iterator[Product]:
    with Product(
        database_url=create_extra_database("reports"),
        redis_url=redis_url,
        folder=run_folder() / f"reports-{worker_name()}",
        SENTRY_DSN=f"http://key@{sentry.address}/1",
        TRUSTED_PROXY_HOPS="1",
    ) as product:
        product.start_api("tests.support.launched:create_failing_app")
        yield product


@pytest.fixture
def post(product: Product):
    def send(path: str, body: Any = BODY) -> httpx.Response:
        return httpx.post(f"{product.url}{path}", params=QUERY, headers=HEADERS, json=body, timeout=20)

    return send


def reported(sentry: Receiver, transaction: str) -> dict[str, Any]:
    """Waits for the report of what failed there; an envelope is lines of JSON, of which one is the report."""

    wait_until(lambda: reports_of(sentry, transaction), f"no report of {transaction}: {sentry.bodies}")
    [report] = reports_of(sentry, transaction)
    return report


def reports_of(sentry: Receiver, transaction: str) -> list[dict[str, Any]]:
    documents = [orjson.loads(line) for body in sentry.bodies for line in body.splitlines()]
    return [document for document in documents if document.get("transaction") == transaction]


def assert_nothing_was_told(sentry: Receiver) -> None:
    everything = b"".join(sentry.bodies).decode()
    assert [secret for secret in SENT if secret in everything] == []


def test_an_error_of_a_request_arrives_with_its_route_and_without_what_was_sent(
    sentry: Receiver, post
) -> None:
    assert post(f"/api/v1/feeds/{TOKEN}/failing").status_code == 500
    report = reported(sentry, "/api/v1/feeds/{place}/failing")
    assert [(error["type"], error["value"]) for error in report["exception"]["values"]] == [
        ("LookupError", "nobody has …@…"),
        ("RuntimeError", "nothing at /api/v1/feeds/…/failing for …"),
    ]
    frame = report["exception"]["values"][1]["stacktrace"]["frames"][-1]
    assert (frame["module"], frame["function"]) == ("tests.support.launched", "fail")
    assert "vars" not in frame
    assert report["request"]["method"] == "POST"
    assert report["request"]["url"].endswith("/api/v1/feeds/…/failing")
    assert report["request"].keys() == {"method", "url"}
    assert_nothing_was_told(sentry)


def test_what_a_library_complains_of_arrives_without_its_values(sentry: Receiver, post) -> None:
    assert post("/api/v1/complaints").status_code == 200
    report = reported(sentry, "/api/v1/complaints")
    assert (report["logger"], report["logentry"]) == ("library", {"message": "refused: %s"})
    assert_nothing_was_told(sentry)


def test_an_error_of_a_task_arrives_with_its_name_and_without_its_arguments(
    sentry: Receiver, product: Product, redis_url: str
) -> None:
    product.start_worker()
    broker = Celery(broker=redis_url, set_as_current=False)

    def is_reported() -> bool:
        """Sent again: a worker that another test has left at this broker may have taken it."""
        broker.send_task("core.relay_outbox", [EMAIL], ignore_result=True)  # it takes none
        time.sleep(0.5)
        return bool(reports_of(sentry, "core.relay_outbox"))

    wait_until(is_reported, "no report of the task")
    report = reports_of(sentry, "core.relay_outbox")[0]
    assert report["exception"]["values"][0]["type"] == "TypeError"
    assert report["server_name"] == "worker"
    assert_nothing_was_told(sentry)


def test_others_who_are_called_are_sent_nothing_of_sentry_s(post) -> None:
    with receiving() as other:
        assert post("/api/v1/calls", {"url": f"http://{other.address}/"}).status_code == 200
    assert len(other.headers) == 2
    for headers in other.headers:
        assert not {"baggage", "sentry-trace"} & {name.lower() for name in headers}
