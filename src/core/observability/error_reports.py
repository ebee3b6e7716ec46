"""Sentry: what went wrong where, without what people had written."""

from typing import Any

import sentry_sdk
from sentry_sdk.integrations.fastapi import FastApiIntegration
from sentry_sdk.integrations.starlette import StarletteIntegration
from sentry_sdk.types import Event, Hint

from src.core.config import Settings
from src.core.observability.scrubbing import scrub_path, scrub_text


def configure_error_reports(settings: Settings, service: str) -> None:
    sentry_sdk.init(
        dsn=settings.sentry_dsn.get_secret_value(),
        environment=settings.environment,
        server_name=service,
        integrations=[StarletteIntegration(), FastApiIntegration()],
        auto_enabling_integrations=False,  # all others note what a traceback doesn't need
        auto_session_tracking=False,
        trace_propagation_targets=[],  # or every provider and integrator would be sent our headers
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        before_send=scrub_report,
    )


def report_error(error: BaseException, task: str | None) -> None:
    with sentry_sdk.new_scope() as scope:
        if task is not None:
            scope.set_transaction_name(task)
        scope.capture_exception(error)


def scrub_report(report: Event, _: Hint) -> Event:
    """Keeps where it happened and of what kind; of the request its method and path, of a log line its words."""
    request: dict[str, Any] = report.get("request") or {}
    if request:
        url = scrub_path(str(request.get("url", "")).partition("?")[0])
        report["request"] = {"method": request.get("method"), "url": url}
    for error in (report.get("exception") or {}).get("values", []):
        error["value"] = scrub_text(str(error.get("value", "")))
    if "logentry" in report:
        report["logentry"] = {"message": scrub_text(str(report["logentry"].get("message", "")))}
    report.pop("user", None)
    report.pop("extra", None)
    return report
