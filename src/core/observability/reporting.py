"""Traces and error reports, for those who have configured where they go."""

from collections.abc import Callable
from importlib import import_module

from src.core.config import Settings

_reporters: set[Callable[[BaseException, str | None], None]] = set()


def configure_reporting(settings: Settings, service: str) -> None:
    """Once in each process, after a fork. `service` is `api` or `worker`.

    What isn't configured isn't imported either: both libraries cost tens of megabytes and part of a second.
    """
    if settings.otel_exporter_otlp_endpoint:
        import_module("src.core.observability.tracing").configure_tracing(settings, service)
    if settings.sentry_dsn.get_secret_value():
        error_reports = import_module("src.core.observability.error_reports")
        error_reports.configure_error_reports(settings, service)
        _reporters.add(error_reports.report_error)


def report_error(error: BaseException, *, task: str | None = None) -> None:
    """To whoever is configured; of an error that was caught, of which nobody else hears."""
    for report in _reporters:
        report(error, task)
