"""OpenTelemetry: requests (FastAPI makes their spans once there is a provider), SQL and tasks, over OTLP."""

from typing import Final

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.asyncpg import AsyncPGInstrumentor
from opentelemetry.instrumentation.celery import CeleryInstrumentor
from opentelemetry.instrumentation.sqlalchemy import SQLAlchemyInstrumentor
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import Span, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased

from src.core.config import Settings
from src.core.observability.scrubbing import scrub_path, scrub_query

PATH: Final = "url.path"
QUERY: Final = "url.query"


class _Scrubber(SpanProcessor):
    """FastAPI notes the address as it was asked for."""

    def on_start(self, span: Span, parent_context: object = None) -> None:  # noqa: ARG002 - the base's
        attributes = span.attributes or {}
        if PATH in attributes:
            span.set_attribute(PATH, scrub_path(str(attributes[PATH])))
        if QUERY in attributes:
            span.set_attribute(QUERY, scrub_query(str(attributes[QUERY])))


def configure_tracing(settings: Settings, service: str) -> None:
    """Statements are noted with their placeholders, never with values."""
    provider = TracerProvider(
        resource=Resource.create({SERVICE_NAME: f"downbeat-{service}"}),
        sampler=ParentBased(TraceIdRatioBased(settings.otel_traces_ratio)),
    )
    provider.add_span_processor(_Scrubber())
    endpoint = settings.otel_exporter_otlp_endpoint.rstrip("/") + "/v1/traces"
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))
    trace.set_tracer_provider(provider)
    # Each sees what the other doesn't: SQLAlchemy's statements, and those on the driver's own connection.
    SQLAlchemyInstrumentor().instrument()
    AsyncPGInstrumentor().instrument()  # type: ignore[no-untyped-call]
    CeleryInstrumentor().instrument()  # type: ignore[no-untyped-call]
