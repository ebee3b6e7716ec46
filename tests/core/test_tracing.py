"""Traces go where they are asked to go: a request with its statements, a task with its own, and no secrets."""

from collections.abc import Iterator

import httpx
import pytest
from celery import Celery
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.support.product import Product, wait_until
from tests.support.receiver import Receiver, receiving
from tests.support.services import create_extra_database, run_folder

TOKEN = "x" * 43
REGISTER = "POST /api/v1/auth/register"
RELAY, PUBLISH, HANDLE = "run/core.relay_outbox", "apply_async/core.handle_event", "run/core.handle_event"
WANTED = (
    (REGISTER, "INSERT INTO outbox"),
    (RELAY, "UPDATE outbox"),
    (RELAY, PUBLISH),
    (PUBLISH, HANDLE),
    (HANDLE, "INSERT INTO event_handlings"),
    (HANDLE, "INSERT INTO mails"),
)
NEWCOMER = {
    "email": "mira@example.com",
    "password": "correct horse battery",
    "firstname": "Mira",
    "lastname": "Okafor",
}

pytestmark = pytest.mark.processes


@pytest.fixture
def collector() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def spans(collector: Receiver) -> list[Span]:
    return [
        span
        for body in collector.bodies
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]


def attributes(span: Span) -> dict[str, str]:
    return {attribute.key: attribute.value.string_value for attribute in span.attributes}


def has_within(collector: Receiver, outer: str, words: str) -> bool:
    """Whether a span of that name has one of these words below it, at any depth: a statement, or another name."""
    all_spans = {span.span_id: span for span in spans(collector)}
    for span in all_spans.values():
        if words in f"{span.name} {' '.join(attributes(span).values())}":
            above = all_spans.get(span.parent_span_id)
            while above is not None:
                if above.name == outer:
                    return True
                above = all_spans.get(above.parent_span_id)
    return False


def test_from_a_request_to_the_handler_of_its_event_with_their_statements(
    collector: Receiver, redis_url: str
) -> None:
    """Two traces: the outbox lies between them, and an event's row has no place for the first one's name."""
    with Product(
        database_url=create_extra_database("tracing"),
        redis_url=redis_url,
        folder=run_folder() / "tracing",
        OTEL_EXPORTER_OTLP_ENDPOINT=f"http://{collector.address}",
        OTEL_TRACES_RATIO="1",
        OTEL_BSP_SCHEDULE_DELAY="100",
    ) as product:
        product.start_api()
        product.start_worker()
        with httpx.Client(base_url=product.url) as client:
            assert client.post("/api/v1/auth/register?ticket=secret", json=NEWCOMER).status_code == 201
            client.get(f"/api/v1/calendars/{TOKEN}.ics")
        Celery(broker=redis_url, set_as_current=False).send_task("core.relay_outbox", ignore_result=True)
        wait_until(lambda: all(has_within(collector, *one) for one in WANTED), f"no {WANTED}")
        request = next(span for span in spans(collector) if span.name == REGISTER)
        assert attributes(request)["url.query"] == "ticket=…"
        wait_until(lambda: "GET /api/v1/calendars/{token}.ics" in names(collector), "not traced")
        everything = " ".join(str(span) for span in spans(collector))
        for secret in (TOKEN, "secret", *NEWCOMER.values()):
            assert secret not in everything


def names(collector: Receiver) -> set[str]:
    return {span.name for span in spans(collector)}
