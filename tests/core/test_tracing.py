"""Traces go where they are asked to go: the request, its statements and its task in one place, and no secrets."""

import gzip
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from celery import Celery
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.support.product import Product, wait_until
from tests.support.services import create_extra_database, run_folder

TOKEN = "x" * 43

pytestmark = pytest.mark.processes


class Collector(ThreadingHTTPServer):
    """Takes OTLP over HTTP, as a real collector would."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Receiver)
        self.spans: list[Span] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Receiver(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers["Content-Encoding"] == "gzip":
            body = gzip.decompress(body)
        request = ExportTraceServiceRequest.FromString(body)
        for resource in request.resource_spans:
            for scope in resource.scope_spans:
                self.server.spans.extend(scope.spans)
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def collector() -> Iterator[Collector]:
    server = Collector()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def attributes(span: Span) -> dict[str, str]:
    return {attribute.key: attribute.value.string_value for attribute in span.attributes}


def test_a_request_its_statements_and_a_task_are_traced(collector: Collector, redis_url: str) -> None:
    with Product(
        database_url=create_extra_database("tracing"),
        redis_url=redis_url,
        folder=run_folder() / "tracing",
        OTEL_EXPORTER_OTLP_ENDPOINT=collector.url,
        OTEL_TRACES_RATIO="1",
        OTEL_BSP_SCHEDULE_DELAY="100",
    ) as product:
        product.start_api()
        product.start_worker()
        Celery(broker=redis_url, set_as_current=False).send_task("core.relay_outbox", ignore_result=True)
        httpx.get(f"{product.url}/api/v1/countries/GB?ticket=secret")
        httpx.get(f"{product.url}/api/v1/calendars/{TOKEN}.ics")
        wanted = {"GET /api/v1/countries/{code}", "run/core.relay_outbox"}
        wait_until(lambda: wanted <= names(collector), "not traced")
        request = next(span for span in collector.spans if span.name == "GET /api/v1/countries/{code}")
        assert attributes(request)["url.query"] == "ticket=…"
        within = [span for span in collector.spans if span.trace_id == request.trace_id]
        assert any("SELECT" in " ".join(attributes(span).values()) for span in within), within
        everything = " ".join(str(span) for span in collector.spans)
        assert TOKEN not in everything
        assert "secret" not in everything


def names(collector: Collector) -> set[str]:
    return {span.name for span in collector.spans}
